import type { Session } from './session.ts';

/**
 * Asks who an agent is.
 *
 * @param present - its system prompt now
 * @returns the system prompt; undefined: the default one
 */
export async function askPersona(
  { terminal }: Session,
  present: string | undefined,
): Promise<string | undefined> {
  terminal.explain(
    'Who it is: the system prompt. It may hold {agent}, {user}, {channel}, {guild} and {date}.',
  );
  const how = await terminal.select<'keep' | 'default' | 'line' | 'editor'>('Persona:', [
    ...(present === undefined ? [] : [{ name: 'Keep the one it has', value: 'keep' } as const]),
    { name: 'A helpful assistant (the default)', value: 'default' },
    { name: 'Describe it in a line', value: 'line' },
    { name: 'Write more in an editor', value: 'editor' },
  ]);
  if (how === 'keep') return present;
  if (how === 'default') return undefined;
  const text =
    how === 'line'
      ? await terminal.amend('Persona:', 'You are {agent}, ')
      : await terminal.edit('Persona:', present ?? 'You are {agent}, ');
  return text.trim() === '' ? undefined : text.trim();
}
