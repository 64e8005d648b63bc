import { PROVIDER_VARIABLE_NAMES } from '../config/provider-variables.ts';

/** Finds names for variables that are to hold secrets; no two secrets get the same. */
export class SecretVariables {
  readonly #taken: Set<string>;

  /** @param taken - names that mean something already; those of the host's own keys do anyhow */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set([...taken, ...PROVIDER_VARIABLE_NAMES, 'SECRET_KEY']);
  }

  /** `TOWN_CRIER_DISCORD_TOKEN` for the words `Town Crier` and `discord_token`; with a number behind it when that is taken. */
  name(...words: readonly string[]): string {
    const name = upperSnake(words.join('_'));
    let unique = name;
    for (let number = 2; this.#taken.has(unique); number++) unique = `${name}_${number}`;
    this.#taken.add(unique);
    return unique;
  }
}

/** Only what every shell takes: what is no Latin letter or digit becomes an underscore. */
function upperSnake(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase();
  const name = plain.replaceAll(/[^A-Z\d]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return /^[A-Z]/.test(name) ? name : `AGENT_${name}`;
}
