import type { LogFields, Logger } from '../../observability/logger.ts';
import { inSpan } from '../../observability/tracing.ts';
import type { MemoryOwner, Recollection } from '../../memory/memory-store.ts';
import { BACK_OFFS } from '../../recovery/back-offs.ts';
import type { Incidents } from '../../recovery/incidents.ts';
import { BudgetError, type BudgetLimit, type CallSubject } from '../../usage/usage-ledger.ts';
import { backOff } from '../../util/back-off.ts';
import { createPatientTasks } from '../../util/patient-tasks.ts';
import { sleep } from '../../util/sleep.ts';
import { type Agent, AnswerError, type Question, type QuotedMessage } from '../agent.ts';
import type { AgentIdentity, AgentTools, AgentType } from '../agent-type.ts';
import { closingWords, inWords } from './answer-words.ts';
import { type CallMeter, type ChatModel, ChatModelError } from '../chat-model.ts';
import type { ModelSelection } from '../chat-models.ts';
import { condenseMemory } from './condense-memory.ts';
import { fillPlaceholders } from './fill-placeholders.ts';
import { growAnswer, type GrownAnswer } from './grow-answer.ts';
import { type GuardAgent, guardAgent } from '../guard/guard-agent.ts';
import { type LlmConfig, llmConfigSchema, type TokenLimits, tokenLimitsOf } from './llm-config.ts';
import { type WindowLimits, windowOf } from './memory-window.ts';
import { meterCalls } from './meter-calls.ts';
import { buildPrompt, memorableQuestion, type PromptParts } from './prompt.ts';
import { readAttachments, type ReadAttachments } from './read-attachments.ts';
import { selectModel } from './select-model.ts';
import { traceCalls } from './trace-calls.ts';

/** One answer with all its calls to models may take so long, in milliseconds. */
const ANSWER_DEADLINE = 300_000;

/** How often a turn that could not be remembered is tried again, and how long is waited in between. */
const REMEMBER = { attempts: 4, ...BACK_OFFS.memory } as const;

/** Answers with a language model, and remembers each user. */
export class LlmAgent implements Agent {
  readonly streams: boolean;
  readonly #config: LlmConfig;
  readonly #identity: AgentIdentity;
  readonly #tools: AgentTools;
  readonly #logger: Logger;
  readonly #incidents: Incidents;
  readonly #selection: ModelSelection;
  readonly #model: ChatModel;
  readonly #guard: GuardAgent;
  readonly #window: WindowLimits;
  readonly #tokens: TokenLimits;
  readonly #budgets: readonly BudgetLimit[];
  readonly #condensing = createPatientTasks();

  /** @throws {InputError} when a key, a variable or a price is missing that the config needs */
  constructor(config: LlmConfig, identity: AgentIdentity, tools: AgentTools) {
    this.streams = config.stream;
    this.#config = config;
    this.#identity = identity;
    this.#tools = tools;
    this.#logger = tools.logger.child({ agent: identity.name });
    this.#incidents = tools.incidents;
    ({
      model: this.#model,
      selection: this.#selection,
      budgets: this.#budgets,
    } = selectModel(config, tools, identity.id));
    this.#guard = guardAgent(config, identity, tools);
    this.#window = { turns: config.max_history, tokens: config.max_history_tokens };
    this.#tokens = tokenLimitsOf(config);
  }

  async check(signal: AbortSignal): Promise<void> {
    const nobody = { userId: undefined, guildId: undefined, exchangeId: undefined };
    const subject = { agentId: this.#identity.id, ...nobody, purpose: 'check' } as const;
    try {
      await this.#tools.models.check(
        this.#selection,
        signal,
        meterCalls(subject, this.#budgets, this.#tools),
      );
    } catch (error) {
      // Nothing left to spend says nothing about the model.
      if (!(error instanceof BudgetError)) throw error;
    }
  }

  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<string> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(new DOMException('the answer took too long', 'TimeoutError'));
    }, ANSWER_DEADLINE);
    try {
      yield* this.#answer(question, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      signal.throwIfAborted();
      throw inWords(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async *#answer(question: Question, signal: AbortSignal): AsyncGenerator<string> {
    const attachments = await this.#read(question, signal);
    const channel = await this.#channel(question, signal);
    this.#guard.scan(question, attachments, channel);
    const recollection = await this.#recall(question);
    const parts: PromptParts = {
      instructions: this.#instructions(question),
      summary: recollection.summary?.text,
      turns: windowOf(recollection, this.#window),
      channel,
      repliedTo: question.repliedTo,
      attachments,
      user: question.user,
      text: question.text,
    };
    const meter = this.#meter(question, 'answer');
    const answer = yield* this.#ask(parts, { meter, about: this.#about(question) }, signal);
    // What the model would not say is no part of the conversation: it would only be refused again.
    const isSaid = answer.end !== 'refusal' && answer.end !== 'content-filter';
    if (isSaid && answer.text.trim() !== '') {
      await this.#remember(question, recollection, attachments, answer.text, signal);
    }
    const closing = closingWords(answer, this.#tokens.until);
    if (closing !== '') yield closing;
  }

  /** Asks the model; a conversation that is too long for it, or for what may be spent, is shortened once. */
  async *#ask(
    parts: PromptParts,
    calls: { readonly meter: CallMeter; readonly about: LogFields },
    signal: AbortSignal,
  ): AsyncGenerator<string, GrownAnswer> {
    const ask = (some: PromptParts): AsyncGenerator<string, GrownAnswer> => {
      const request = { ...buildPrompt(some), temperature: this.#config.temperature, ...calls };
      return growAnswer(this.#model, request, this.#tokens, signal);
    };
    let shown = false;
    try {
      const first = ask(parts);
      for (;;) {
        const { done, value } = await first.next();
        if (done === true) return value;
        shown = true;
        yield value;
      }
    } catch (error) {
      const tooLong = error instanceof ChatModelError && error.failure === 'context-too-long';
      const tooDear = error instanceof BudgetError;
      if (shown || !(tooLong || tooDear)) throw error;
      const turns = tooDear ? [] : parts.turns.slice(Math.ceil(parts.turns.length / 2));
      if (turns.length === parts.turns.length && parts.channel.length === 0) throw error;
      this.#logger.info('the conversation is too long; asked again with less of it', {
        ...calls.about,
        reason: tooDear ? 'budget' : 'context',
        turns: turns.length,
      });
      return yield* ask({ ...parts, turns, channel: [] });
    }
  }

  #instructions({ user, place }: Question): string {
    return fillPlaceholders(this.#config.system_prompt, {
      agent: this.#identity.name,
      user: user.name,
      place,
      now: this.#tools.now(),
    });
  }

  #read({ attachments, surroundings, span }: Question, signal: AbortSignal): Promise<ReadAttachments> {
    const options = { images: this.#model.seesImages };
    const parent = attachments.length === 0 ? undefined : span;
    return inSpan(parent, 'discord download', { kind: 'client' }, () =>
      readAttachments(attachments, surroundings, options, signal),
    );
  }

  /** The channel's last messages. Without them an answer is still an answer. */
  async #channel(question: Question, signal: AbortSignal): Promise<readonly QuotedMessage[]> {
    const { surroundings, span } = question;
    const { channel_context: limit } = this.#config;
    if (limit === 0) return [];
    try {
      return await inSpan(span, 'discord read', { kind: 'client' }, () =>
        surroundings.messagesBefore(limit, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.warn('could not read the messages before a question; answered without them', {
        ...this.#about(question),
        error,
      });
      return [];
    }
  }

  async #recall(question: Question): Promise<Recollection> {
    try {
      const recollection = await inSpan(question.span, 'memory recall', {}, () =>
        this.#tools.memory.recall(this.#ownerOf(question), this.#window.turns),
      );
      // An answer that a crash cut short may be remembered already; it is given anew.
      const turns = recollection.turns.filter(({ exchangeId }) => exchangeId !== question.exchangeId);
      this.#incidents.recovered('memory', { agentId: this.#identity.id, reasons: ['not-recalled'] });
      return { ...recollection, turns };
    } catch (cause) {
      this.#incidents.report('memory', 'not-recalled', { agentId: this.#identity.id, error: cause });
      const words = 'I cannot get at my memory right now. Please try again in a few minutes.';
      throw new AnswerError('memory-unavailable', words, { cause });
    }
  }

  /** Awaited, so that the user's next message finds the turn; what cannot be kept does not undo the answer. */
  async #remember(
    question: Question,
    { memoryId }: Recollection,
    attachments: ReadAttachments,
    answer: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { memory, now, redact } = this.#tools;
    const turn = {
      exchangeId: question.exchangeId,
      question: memorableQuestion(question.text, attachments),
      answer: redact(answer),
      at: now(),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const isKept = await inSpan(question.span, 'memory remember', {}, () =>
          memory.remember(memoryId, turn),
        );
        if (isKept) this.#condenseLater(question, memoryId);
        this.#incidents.recovered('memory', { agentId: this.#identity.id, reasons: ['not-remembered'] });
        return;
      } catch (error) {
        this.#incidents.report('memory', 'not-remembered', { agentId: this.#identity.id, error });
        if (attempt === REMEMBER.attempts || signal.aborted) {
          this.#logger.error('could not remember a turn', { ...this.#about(question), error });
          return;
        }
        await sleep(backOff(REMEMBER, attempt, 1), signal);
      }
    }
  }

  #condenseLater(question: Question, memoryId: string): void {
    if (!this.#config.memory.summary || !this.#condensing.mayTry(memoryId)) return;
    const { memory, redact, background } = this.#tools;
    const { id: agentId, name } = this.#identity;
    const about = this.#about(question);
    const condense = async (signal: AbortSignal): Promise<void> => {
      try {
        await this.#condensing.run(memoryId, () => {
          const meter = this.#meter(question, 'summary');
          const tools = { memory, model: this.#model, meter, about, redact };
          return condenseMemory(this.#ownerOf(question), memoryId, this.#window, tools, signal);
        });
        this.#incidents.recovered('memory', { agentId, reasons: ['no-summary'] });
      } catch (error) {
        if (!(error instanceof BudgetError))
          this.#incidents.report('memory', 'no-summary', { agentId, error });
        throw error;
      }
    };
    background(`condense what ${name} remembers`, condense, about);
  }

  /** What log lines about a question carry; the agent's name is there already, except on those of providers. */
  #about({ exchangeId, span }: Question): LogFields {
    return { agent: this.#identity.name, exchange: exchangeId, ...span?.logFields };
  }

  #meter({ user, place, exchangeId, span }: Question, purpose: CallSubject['purpose']): CallMeter {
    const { guildId } = place;
    // A summary is the agent's own doing: it must not be in the way of its user.
    const budgets =
      purpose === 'summary'
        ? this.#budgets.filter(({ kind }) => kind === 'agent' || kind === 'host')
        : this.#budgets;
    const subject = { agentId: this.#identity.id, userId: user.id, guildId, exchangeId, purpose };
    return traceCalls(meterCalls(subject, budgets, this.#tools), span, this.#identity, purpose);
  }

  #ownerOf({ user, place }: Question): MemoryOwner {
    const apart = this.#config.memory_scope === 'user_and_place';
    return { agentId: this.#identity.id, userId: user.id, scope: apart ? (place.guildId ?? 'dm') : '' };
  }
}

/** `type: llm`. */
export const llmAgentType: AgentType<LlmConfig> = {
  name: 'llm',
  description: 'answers with a language model and remembers each user',
  configSchema: llmConfigSchema,
  requiresMessageContent: ({ channel_context: context }) => Number(context ?? 0) > 0,
  create: (config, identity, tools) => new LlmAgent(config, identity, tools),
};
