import { printable } from '../../agents-file/show-value.ts';
import type { ListedSetting } from '../../config/list-settings.ts';
import { howToChange } from '../../config/find-setting.ts';
import { SETTING_GROUPS } from '../../config/setting.ts';
import { settingAsJson } from '../../config/setting-json.ts';

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
  return `${printable(JSON.stringify(settings.map(settingAsJson)))}\n`;
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
