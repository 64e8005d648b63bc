import type { Readable } from 'node:stream';
import type { EventSource, HostEvent, Subscription } from '../../events/host-events.ts';
import { eventFrame, frame } from './event-frame.ts';
import { PacedText } from './paced-text.ts';
import { HttpError } from './problem.ts';

/** The bounds of the streams of events; times in milliseconds. */
export interface EventStreamsOptions {
  readonly source: EventSource;
  /** How many there may be at once. Default: 50. */
  readonly most?: number;
  /** How many of them may be one owner's. Default: 10. */
  readonly mostOfOne?: number;
  /** Bytes that may wait for a slow reader. Default: 256 KiB. */
  readonly backlog?: number;
  /** Between two signs of life, at each of which it is asked whether the reader still may. Default: 15 seconds. */
  readonly heartbeat?: number;
  /** How long one lasts before its reader has to come again. Default: 15 minutes. */
  readonly lifetime?: number;
}

/** How long a reader has to take the last event, in milliseconds. */
const FAREWELL = 10_000;

/** Which events somebody wants. */
export interface WantedEvents {
  /** The id of the last one that they heard. */
  readonly after: string | undefined;
  /** Undefined: all. */
  readonly kinds: ReadonlySet<HostEvent['kind']> | undefined;
  /** Undefined: of all agents, and of none. */
  readonly agentId: string | undefined;
}

/** Who wants them. */
export interface EventReader {
  /** Whose streams are counted together. */
  readonly owner: string;
  /** Asked again and again: why they may listen no more; undefined: they may. */
  readonly refusal: () => Promise<string | undefined>;
}

/** The streams of events to readers, as server-sent events. */
export class EventStreams {
  readonly #options: Required<EventStreamsOptions>;
  /** What ends each, telling why, and whose it is. */
  readonly #open = new Map<(reason: string) => void, string>();

  constructor(options: EventStreamsOptions) {
    this.#options = {
      ...{ most: 50, mostOfOne: 10, backlog: 262_144, heartbeat: 15_000, lifetime: 900_000 },
      ...options,
    };
  }

  /** @throws {HttpError} 429 when there are too many */
  open(wanted: WantedEvents, { owner, refusal }: EventReader): Readable {
    this.#refuseTooMany(owner);
    const { source, backlog, heartbeat, lifetime } = this.#options;
    const subscription = source.subscribe((kept) => {
      if (isWanted(kept.event, wanted)) add(eventFrame(kept));
    }, wanted.after);
    const stream = new PacedText(beginningOf(subscription, wanted));
    const end = (reason: string): void => {
      if (stream.isFinished) return;
      release();
      stream.finish(frame('end', { reason }));
      // One that takes nothing any more would stay open for ever.
      const giveUp = setTimeout(() => stream.destroy(), FAREWELL).unref();
      stream.once('close', () => {
        clearTimeout(giveUp);
      });
    };
    const add = (text: string): void => {
      if (stream.waiting > backlog) end('too slow: what waited was more than is kept');
      else stream.add(text);
    };
    const beating = setInterval(() => {
      add(': still here\n\n');
      void ask();
    }, heartbeat);
    const ask = askOneByOne(refusal, end);
    const ending = setTimeout(() => {
      end('come again');
    }, lifetime);
    const release = (): void => {
      subscription.stop();
      clearInterval(beating);
      clearTimeout(ending);
      this.#open.delete(end);
    };
    this.#open.set(end, owner);
    stream.once('close', release);
    return stream;
  }

  /** Ends them all. */
  close(): void {
    for (const end of [...this.#open.keys()]) end('the host stops');
  }

  #refuseTooMany(owner: string): void {
    const { most, mostOfOne } = this.#options;
    const own = [...this.#open.values()].filter((one) => one === owner).length;
    if (own >= mostOfOne) {
      throw new HttpError(429, `you listen ${own} times already`, {
        remedy: 'Close another stream of yours.',
      });
    }
    if (this.#open.size < most) return;
    throw new HttpError(429, 'too many listen already', { remedy: 'Try again later.' });
  }
}

/** What a reader gets first: at once a sign that it is connected, then what it missed. */
function* beginningOf({ hasGap, earlier }: Subscription, wanted: WantedEvents): Generator<string> {
  yield 'retry: 3000\n\n';
  if (hasGap) yield frame('gap', { reason: 'some events since the last one are not kept any more' });
  for (const kept of earlier) if (isWanted(kept.event, wanted)) yield eventFrame(kept);
}

/** No question before the one of before is answered: a database may take its time. */
function askOneByOne(refusal: EventReader['refusal'], end: (reason: string) => void): () => Promise<void> {
  let isAsking = false;
  return async () => {
    if (isAsking) return;
    isAsking = true;
    const reason = await refusal().catch(() => 'whether you may listen cannot be found out');
    isAsking = false;
    if (reason !== undefined) end(reason);
  };
}

function isWanted(event: HostEvent, { kinds, agentId }: WantedEvents): boolean {
  if (kinds?.has(event.kind) === false) return false;
  return agentId === undefined || ('agentId' in event && event.agentId === agentId);
}
