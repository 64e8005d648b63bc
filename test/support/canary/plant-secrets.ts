import type { Canary } from './find-leaks.ts';

/** Put together here, so that no scanner takes a file for a leak. */
const shaped = (...parts: string[]): string => parts.join('-');

/** What is planted in the environment and the agents of a host. None looks like a key where it need not. */
export const PLANTED = {
  databasePassword: 'dbCanary"7f\\3a+9%/2k<8&x41',
  secretKey: Buffer.from('SECRET-KEY-canary-of-32-bytes-01').toString('base64'),
  previousKey: Buffer.from('PREVIOUS-KEY-canary-32-bytes--02').toString('base64'),
  openaiKey: 'hostOpenaiCanary_91f2d7c405',
  anthropicKey: shaped('sk', 'ant', 'api03', 'hostAnthropicCanary8842a'),
  agentKey: 'agentOwnCanary_5c1e77b0aa39',
  variableKey: 'variableKeyCanary_d40c9e1187',
  agentsFileToken: 'agentsFileCanary_66b1f0a2',
  loginPassword: 'loginCanary_2d90e7f3',
  otelToken: 'otelHeaderCanary_77c3a1b9',
  awsSecret: 'awsCanary/0a1b2c3d4e5f+6g7h8i9j',
  apiToken: ['troupe', 'pat', 'apiTokenCanary_31f09e2b7d'].join('_'),
  userWords: shaped('sk', 'ant', 'api03', 'userWordsCanary55d1c9'),
  userPhrase: 'the birthmark canary of user 4711',
  prompt: 'the prompt canary of the operator 0815',
} as const;

/** The environment that hands them to the process. */
export function plantedEnvironment(agentsFileOrigin: string): Record<string, string> {
  return {
    SECRET_KEY: PLANTED.secretKey,
    SECRET_KEY_PREVIOUS: PLANTED.previousKey,
    OPENAI_API_KEY: PLANTED.openaiKey,
    ANTHROPIC_API_KEY: PLANTED.anthropicKey,
    CANARY_KEY: PLANTED.variableKey,
    AGENTS_FILE: `${agentsFileOrigin}/agents.yaml?sig=${PLANTED.agentsFileToken}`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${PLANTED.otelToken}`,
    AWS_SECRET_ACCESS_KEY: PLANTED.awsSecret,
  };
}

/** All of them, and where they may show. */
export function canariesOf(tokens: Readonly<Record<string, string>>): Canary[] {
  const shownTo: Partial<Record<keyof typeof PLANTED, readonly string[]>> = {
    prompt: [
      ...['agents list', 'agents show', 'agents export', 'GET /api/agents'],
      ...['audit', 'audit log', 'GET /api/audit'],
    ],
    // The operator may read what was asked.
    userPhrase: ['exchanges', 'GET /api/exchanges'],
  };
  return Object.entries({ ...PLANTED, ...tokens }).map(([name, value]) => ({
    name,
    value,
    allowedIn: shownTo[name as keyof typeof PLANTED] ?? [],
  }));
}
