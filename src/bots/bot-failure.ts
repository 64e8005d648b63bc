import { type ErrorDetails, TroupeError } from '../errors.ts';
import { isRetried } from '../recovery/policy.ts';
import type { GatewayReason } from '../recovery/rules-discord.ts';

/** Why a bot is not connected. */
export interface BotFailureDetails extends ErrorDetails {
  /** Which kind it is: the policy says whether it may pass by itself, or a person has to do something first. */
  readonly kind: GatewayReason;
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
  readonly kind: GatewayReason;
  readonly notBefore: Date | undefined;
  readonly recheck: boolean;
  readonly unreachable: boolean;
  readonly sessionLost: boolean;

  constructor(message: string, details: BotFailureDetails) {
    super(message, details);
    this.retryable = isRetried('gateway', details.kind);
    this.kind = details.kind;
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
