import { printable } from '../../../agents-file/show-value.ts';
import type { ApplicationReport } from '../../../discord/inspect-application.ts';
import { InputError } from '../../../errors.ts';
import { checkToken, type TokenFinding } from '../../../examine/check-token.ts';
import { tidyToken } from '../read-secret.ts';
import { supersedes, whoIs } from '../../../examine/application-words.ts';
import type { Session } from './session.ts';

/** A token, and what Discord told of it; both undefined when there is none yet. */
export interface AskedToken {
  readonly token: string | undefined;
  /** Undefined when Discord could not be reached. */
  readonly report: ApplicationReport | undefined;
}

const NONE: AskedToken = { token: undefined, report: undefined };

/**
 * Asks for a Discord token, and asks Discord about it. One that is another agent's, or no good, is refused.
 *
 * @param empty - what an empty answer means, in words
 */
export async function askToken(
  session: Session,
  { ownId, empty }: { readonly ownId?: string; readonly empty: string },
): Promise<AskedToken> {
  const { terminal } = session;
  terminal.explain(
    'The Discord token of its bot, from https://discord.com/developers/applications:',
    'New Application, then Bot, Reset Token, Copy.',
    empty,
  );
  for (;;) {
    let finding: TokenFinding | undefined;
    const typed = await terminal.secret('Token:', async (text) => {
      if (text.trim() === '') return true;
      finding = await check(text, session, ownId);
      return finding.kind !== 'wrong' || printable(finding.message);
    });
    if (typed.trim() === '' || finding === undefined) return NONE;
    const token = tidyToken(typed);
    if (finding.kind === 'good') {
      terminal.good(`It is ${whoIs(finding.report)}`);
      if (finding.supersedes !== undefined) terminal.warn(supersedes(finding.supersedes));
      return { token, report: finding.report };
    }
    terminal.warn(`Discord cannot be asked about it: ${printable(finding.message)}`);
    const next = await terminal.select('And now?', [
      { name: 'Save it unchecked', value: 'save' },
      { name: 'Ask again', value: 'again' },
      { name: 'Go on without a token', value: 'without' },
    ]);
    if (next === 'save') return { token, report: undefined };
    if (next === 'without') return NONE;
  }
}

async function check(text: string, { manager }: Session, ownId: string | undefined): Promise<TokenFinding> {
  try {
    return await checkToken(tidyToken(text), manager, { ownId });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: 'wrong', message: `${error.message}. ${error.remedy}` };
  }
}
