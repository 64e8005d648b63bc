import { printable } from '../../../agents-file/show-value.ts';
import { messageOf, TroupeError } from '../../../errors.ts';
import { redactShapes } from '../../../observability/secret-shapes.ts';
import type { Session } from './session.ts';
import { Back } from './leaving.ts';

/** Does one thing. What is refused or fails is told; Esc gives it up. */
export async function attempt({ terminal }: Session, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Back) terminal.say('Nothing was changed.');
    else if (error instanceof TroupeError) {
      for (const line of redactShapes(messageOf(error)).split('\n')) terminal.bad(printable(line));
      if (error.remedy !== '') terminal.say(printable(error.remedy));
    } else throw error;
  }
}
