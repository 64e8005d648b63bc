import { isTelling } from '../observability/is-telling.ts';
import type { Environment } from './environment.ts';
import { ALL_SETTINGS } from './settings.ts';
import { textOf } from './sources.ts';

/** Variables of libraries that hold secrets. Headers stand in them as `name=value,…`, encoded as in a URL. */
const OTHERS = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
];

/**
 * The secrets that an environment hands to the process, so that no log line shows one: keys, the passwords and
 * parameters in addresses, headers. What could as well be a word (`postgres`) is not among them; its shape in an
 * address gives it away.
 */
export function knownSecrets(env: Environment): string[] {
  const ours = [...ALL_SETTINGS].flatMap(([name, { secret }]) => {
    const text = textOf(env, name);
    if (name.endsWith('HEADERS')) return secretsInHeaders(text);
    if (secret === 'yes') return text.split(',').map((one) => one.trim());
    return secret === 'partly' ? secretsInAddress(text) : [];
  });
  const others = OTHERS.flatMap((name) => {
    const text = env[name]?.trim() ?? '';
    return name.endsWith('HEADERS') ? secretsInHeaders(text) : [text];
  });
  // An address in a setting that takes none is refused, and the refusal is told.
  const refused = secretsInAddress(textOf(env, 'DISCORD_API_URL'));
  return [...new Set([...ours, ...others, ...refused])].filter(isTelling);
}

/** As they are written, and as they are meant. */
function secretsInAddress(text: string): string[] {
  const [, login = ''] = /\/\/([^/]*)@/s.exec(text) ?? [];
  const [, password = login] = /:(.*)$/s.exec(login) ?? [];
  const [, query = ''] = /\?([^#]*)/s.exec(text) ?? [];
  const values = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [password, ...values].flatMap((one) => [one, decoded(one)]);
}

function secretsInHeaders(text: string): string[] {
  const values = text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  return values.flatMap((value) => {
    const meant = decoded(value);
    // A header such as `Bearer abc`: the scheme is no secret.
    return [value, meant, meant.replace(/^\w+\s+/, '')];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
