import { printable } from '../../agents-file/show-value.ts';
import type { ListedSetting } from '../../config/list-settings.ts';
import { SETTING_GROUPS } from '../../config/setting.ts';

const NOT_SET = '(not set)';
/** A longer value pushes what is behind it to the right. */
const MAX_WIDTH = 48;

/** Settings under the headings of their groups, with where each came from. */
export function settingsTable(settings: readonly ListedSetting[]): string {
  const rows = settings.map((setting) => ({ ...setting, value: printable(setting.shown ?? NOT_SET) }));
  const names = Math.max(...rows.map(({ name }) => name.length));
  const values = Math.min(MAX_WIDTH, Math.max(...rows.map(({ value }) => value.length)));
  const sections = SETTING_GROUPS.flatMap((group) => {
    const lines = rows
      .filter(({ setting }) => setting.group === group)
      .map(({ name, value, source, isWrong }) => {
        const wrong = isWrong ? '  WRONG' : '';
        return `  ${name.padEnd(names)}  ${value.padEnd(values)}  ${printable(source)}${wrong}\n`;
      });
    return lines.length === 0 ? [] : [`${group}\n${lines.join('')}`];
  });
  return sections.join('\n');
}

/** The same as a JSON array on one line. */
export function settingsJson(settings: readonly ListedSetting[]): string {
  const all = settings.map(({ name, setting, shown, source, isChanged, isWrong }) => ({
    name,
    group: setting.group,
    value: shown ?? null,
    default: setting.default === '' ? null : setting.default,
    source,
    changed: isChanged,
    wrong: isWrong,
    secret: setting.secret === 'yes',
    runtime: setting.runtime === true,
    description: setting.description,
  }));
  return `${printable(JSON.stringify(all))}\n`;
}

/** All there is to know of one setting. */
export function settingText({ name, setting, shown, source }: ListedSetting): string {
  const { group, description, parser } = setting;
  const lines = [
    ['allowed', parser.allowed],
    ['default', setting.default === '' ? NOT_SET : setting.default],
    ['now', shown === undefined ? `${NOT_SET}, ${source}` : `${shown}, from: ${source}`],
    ['change', howToChange(name, setting)],
  ];
  const rows = lines.map(([word = '', text = '']) => `  ${`${word}:`.padEnd(9)}${printable(text)}\n`);
  return `${name} (${group}): ${description}\n${rows.join('')}`;
}

/** Where a setting is changed, and when that counts. */
export function howToChange(name: string, { runtime, environmentOnly }: ListedSetting['setting']): string {
  if (environmentOnly === true) return 'in .env or the environment; read at start';
  if (runtime === undefined) return 'in the settings file, .env or the environment; read at start';
  return `while the host runs: npm run config -- set ${name} VALUE; or in the settings file, .env or the environment`;
}
