import type { ServerResponse } from 'node:http';
import type { Happenings } from '../happenings.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** A request on its way through the server, and the response to it. */
export class Exchange {
  readonly record: RecordedRequest;
  /** `req_…`, as the headers and Anthropic's errors tell it. */
  readonly requestId: string;
  /** Bytes of one chunk; everything at once when left out. */
  chunkBytes: number | undefined;
  readonly #response: ServerResponse;
  readonly #happenings: Happenings;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(record: RecordedRequest, response: ServerResponse, happenings: Happenings) {
    this.record = record;
    this.requestId = `req_standin${String(record.index).padStart(6, '0')}`;
    this.#response = response;
    this.#happenings = happenings;
    response.once('close', () => {
      this.#closed();
    });
  }

  /** Whether nothing more can be sent: answered, cut, or given up by the client. */
  get over(): boolean {
    return this.#over;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  /** Waits so long, or until it is woken or over. `Infinity` waits for that only. */
  async pause(ms: number, held?: Set<() => void>): Promise<void> {
    if (this.#over || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        held?.delete(wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = Number.isFinite(ms) ? setTimeout(wake, ms) : undefined;
      this.#wake = wake;
      if (!held) return;
      held.add(wake);
      this.#happenings.nudge();
    });
  }

  /** Sends the status and headers at once. */
  open(status: number, headers: Record<string, string>): void {
    if (this.#over) return;
    const name = this.record.api === 'openai' ? 'x-request-id' : 'request-id';
    this.record.status = status;
    this.#response.writeHead(status, { ...headers, [name]: this.requestId });
    this.#response.flushHeaders();
    this.#happenings.nudge();
  }

  /** Sends a piece of the body; resolves once the system has taken it. */
  async write(text: string, tokens = 0): Promise<void> {
    if (this.chunkBytes === undefined) await this.#send(text);
    else {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += this.chunkBytes) {
        await this.#send(bytes.subarray(at, at + this.chunkBytes));
      }
    }
    this.record.tokensSent += tokens;
    if (tokens > 0) this.#happenings.nudge();
  }

  /** Ends the response as if that were all. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#response.end();
  }

  /** Cuts the connection. */
  drop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#response.destroy();
  }

  async #send(chunk: string | Uint8Array): Promise<void> {
    if (this.#over) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#response.write(chunk, () => {
        resolve();
      });
    });
    this.#wake = undefined;
  }

  #closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.record.aborted = true;
    this.#wake?.();
  }
}
