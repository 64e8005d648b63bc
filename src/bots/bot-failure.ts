import { type ErrorDetails, TroupeError } from '../errors.ts';

/** Why a bot is not connected. */
export interface BotFailureDetails extends ErrorDetails {
  /**
   * `park`: a person has to do something first. `retry`: it may pass by itself.
   */
  readonly then: 'park' | 'retry';
  /** Not worth trying before this time. */
  readonly notBefore?: Date | undefined;
  /** Though parked, worth a look over REST now and then: it may be mended where no change of the table shows it. */
  readonly recheck?: boolean;
  /** Discord never answered: it says nothing about the session. */
  readonly unreachable?: boolean;
  /** The gateway session is gone with it: the next connection has to identify. */
  readonly sessionLost?: boolean;
}

/** What keeps one bot from running; its message and remedy are for the operator. */
export class BotFailure extends TroupeError {
  override readonly name = 'BotFailure';
  override readonly retryable: boolean;
  readonly notBefore: Date | undefined;
  readonly recheck: boolean;
  readonly unreachable: boolean;
  readonly sessionLost: boolean;

  constructor(message: string, details: BotFailureDetails) {
    super(message, details);
    this.retryable = details.then === 'retry';
    this.notBefore = details.notBefore;
    this.recheck = details.recheck ?? false;
    this.unreachable = details.unreachable ?? false;
    this.sessionLost = details.sessionLost ?? false;
  }

  /** The message with its remedy: what the agents table and the log say. */
  get reason(): string {
    return this.remedy === '' ? this.message : `${this.message}. ${this.remedy}`;
  }
}
