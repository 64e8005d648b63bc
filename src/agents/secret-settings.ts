const SECRET_KEY = /(?:^|[_.-])(?:key|token|secret|password|passwd|credentials?|authorization)$/i;

/** Whether what stands under this key of a config is a secret, going by its name: `api_key` is, `max_tokens` is not. */
export function namesSecret(key: string): boolean {
  return SECRET_KEY.test(key);
}

const REFERENCE = /^\$\{([A-Za-z_]\w*)\}$/;

/**
 * The variable that a secret setting refers to: `${TEAM_KEY}` gives `TEAM_KEY`. A secret that is written so is kept as
 * it is, and looked up where the host runs; undefined when it is the secret itself.
 */
export function variableReference(secret: string): string | undefined {
  return REFERENCE.exec(secret)?.[1];
}
