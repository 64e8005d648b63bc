import type { Parser } from './parsers.ts';

/** The groups in which settings are shown, in this order. */
export const SETTING_GROUPS = [
  'Settings file',
  'Database',
  'Discord',
  'Agents',
  'Language models',
  'Retention',
  'Logs',
  'Traces',
  'HTTP',
] as const;

/** The heading that a setting stands under. */
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** Everything there is to know of one setting. */
export interface Setting<Value = unknown> {
  readonly group: SettingGroup;
  /** What it is for, in one line. */
  readonly description: string;
  /** Its value when nobody sets it, written as one would write it in `.env`. Empty: not set. */
  readonly default: string;
  readonly parser: Parser<Value>;
  /**
   * `yes`: its value is never shown. `partly`: it may hold a secret, so it is shown without that, and not at all when
   * it is wrong. Default: it is shown.
   */
  readonly secret?: 'yes' | 'partly';
  /** Whether the database may hold a value for it, which a running host takes over. Default: no. */
  readonly runtime?: true;
  /** Whether it can be set in the environment alone. Default: no. */
  readonly environmentOnly?: true;
}
