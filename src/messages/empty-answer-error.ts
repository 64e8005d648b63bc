import { TroupeError } from '../errors.ts';

/** The agent had nothing to say. */
export class EmptyAnswerError extends TroupeError {
  override readonly name = 'EmptyAnswerError';

  constructor() {
    super('the agent gave an empty answer');
  }
}
