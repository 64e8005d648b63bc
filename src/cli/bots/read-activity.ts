import type { BotActivity } from '../../agents/agent-record.ts';

/** What an activity's first words say of its kind, in Discord's own words. */
const VERBS: readonly (readonly [RegExp, BotActivity['type']])[] = [
  [/^playing\s+/i, 'playing'],
  [/^listening\s+to\s+/i, 'listening'],
  [/^watching\s+/i, 'watching'],
  [/^competing\s+in\s+/i, 'competing'],
];

/** Reads `watching the stars` as what Discord shows so; a text without such a verb is shown alone. */
export function readActivity(words: string): BotActivity {
  const text = words.trim();
  for (const [verb, type] of VERBS) {
    const rest = text.replace(verb, '');
    if (rest !== text && rest !== '') return { type, text: rest };
  }
  return { type: 'custom', text };
}
