import type { AgentIdentity, AgentTools } from '../agent-type.ts';
import { AnswerError, type Question, type QuotedMessage } from '../agent.ts';
import { createInputGuard } from './input-guard.ts';
import type { LlmConfig } from '../llm/llm-config.ts';
import type { ReadAttachments } from '../llm/read-attachments.ts';

/** Looks at what an agent is asked before its model does. */
export interface GuardAgent {
  /**
   * Records what it finds. What others said in the channel is recorded only: the one who asks is not to blame.
   *
   * @throws {AnswerError} when the question is not to be answered
   */
  scan(question: Question, attachments: ReadAttachments, channel: readonly QuotedMessage[]): void;
}

/** The input guard of an agent, as its config wants it. */
export function guardAgent(
  { guard: mode, guard_rules: rules }: Pick<LlmConfig, 'guard' | 'guard_rules'>,
  identity: AgentIdentity,
  { guardLog, logger, now }: Pick<AgentTools, 'guardLog' | 'logger' | 'now'>,
): GuardAgent {
  if (mode === 'off') return { scan: () => undefined };
  const guard = createInputGuard({ mode, rules });
  return {
    scan({ exchangeId, text, user, repliedTo, span }, { texts }, channel) {
      const findings = [
        ...guard.scan([
          { source: 'message', text },
          ...(repliedTo === undefined || repliedTo.isOwn
            ? []
            : [{ source: 'replied-to', text: repliedTo.text }]),
          ...texts.map(({ text: content }) => ({ source: 'attachment', text: content })),
        ]),
      ];
      const others = channel
        .filter(({ isOwn }) => !isOwn)
        .map((said) => ({ source: 'channel', text: said.text }));
      findings.push(...guard.scan(others).map((finding) => ({ ...finding, block: false })));
      if (findings.length === 0) return;
      guardLog.record(
        findings.map(({ rule, source, block }) => ({
          agentId: identity.id,
          exchangeId,
          userId: user.id,
          rule,
          source,
          action: block ? 'blocked' : 'warned',
          at: now(),
        })),
      );
      const blocking = findings.filter(({ block }) => block);
      const names = [...new Set(findings.map(({ rule }) => rule))];
      logger.info('the input guard found something', {
        agent: identity.name,
        exchange: exchangeId,
        ...span?.logFields,
        rules: names,
        blocked: blocking.length > 0,
      });
      if (blocking.length > 0) throw refusal(blocking.some(({ kind }) => kind === 'secret'));
    },
  };
}

function refusal(hasSecret: boolean): AnswerError {
  const words = hasSecret
    ? 'That looks like a password or key, so I did not read on. Please take it out, and make a new one: others may have seen it.'
    : 'That reads like an attempt to change who I am, so I did not read on. Please put it in another way.';
  return new AnswerError('blocked-by-guard', words, { expected: true });
}
