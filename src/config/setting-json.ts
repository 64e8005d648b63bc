import type { ListedSetting } from './list-settings.ts';

/** A setting for programs; its value without secrets. */
export function settingAsJson({ name, setting, shown, source, isChanged, isWrong }: ListedSetting) {
  return {
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
  };
}
