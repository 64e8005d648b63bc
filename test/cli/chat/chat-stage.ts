import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import Sqlite from 'libsql';
import { onTestFinished } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { runChat, type RunChatDeps } from '../../../src/cli/chat/run-chat.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { type Database, openDatabase } from '../../../src/database/open-database.ts';
import { silentLogger } from '../../../src/observability/logger.ts';
import { type StandInLlm, startStandInLlm } from '../../support/llm/stand-in-llm.ts';
import { llmEnvironment } from '../../support/run-llm-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import type { PseudoTerminal } from '../../support/pseudo-terminal.ts';
import { runInTerminal } from '../../support/run-in-terminal.ts';

/** A run of the command without a terminal. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A database and a stand-in LLM for chats. */
export interface ChatStage {
  readonly llm: StandInLlm;
  readonly database: Database;
  readonly directory: string;
  readonly env: Record<string, string>;
  readonly addAgent: (agent: Partial<AgentDefinition> & { name: string }) => Promise<void>;
  /** Runs the command here, with these lines on its standard input. */
  readonly run: (
    argv: readonly string[],
    input?: string | PassThrough,
    options?: Partial<RunChatDeps> & { readonly onOutput?: () => void },
  ) => Promise<Run>;
  /** Runs the command in a terminal. */
  readonly open: (...argv: readonly string[]) => PseudoTerminal;
  /** Reads the database past everything of ours. */
  readonly rows: (sql: string) => Record<string, unknown>[];
}

/** Sets the stage; taken down with the test. */
export async function setChatStage(): Promise<ChatStage> {
  const directory = await temporaryDirectory();
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const file = path.join(directory, 'troupe.db');
  const env = {
    DATABASE_URL: `file:${file}`,
    SECRET_KEY_FILE: path.join(directory, 'secret.key'),
    LOG_FILE: path.join(directory, 'troupe.log'),
    ...llmEnvironment(llm),
  };
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
  onTestFinished(() => database.close());
  return {
    llm,
    database,
    directory,
    env,
    addAgent: (agent) =>
      database.agents.apply([
        { kind: 'create', definition: agentDefinitionSchema.parse(agent), token: undefined },
      ]),
    async run(argv, input = '', { onOutput, ...deps } = {}) {
      const out = new Sink(onOutput);
      const err = new Sink();
      const stdin = typeof input === 'string' ? new PassThrough() : input;
      if (typeof input === 'string') stdin.end(input);
      const code = await runChat(
        argv,
        { stdin, stdout: out, stderr: err },
        {
          env,
          cwd: directory,
          questions: {
            choose: () => Promise.reject(new Error('nobody is there to choose')),
            agree: () => Promise.reject(new Error('nobody is there to agree')),
          },
          signal: new AbortController().signal,
          ...deps,
        },
      );
      return { code, out: out.text, err: err.text };
    },
    // npm tells where it was called.
    open: (...argv) =>
      runInTerminal('scripts/chat.ts', {
        args: argv,
        env: { ...env, npm_lifecycle_event: 'chat', INIT_CWD: directory },
      }),
    rows(sql) {
      const connection = new Sqlite(file);
      try {
        return connection.prepare(sql).all() as Record<string, unknown>[];
      } finally {
        connection.close();
      }
    },
  };
}

/** Keeps what is written to it. */
class Sink extends Writable {
  text = '';
  readonly #onText: (() => void) | undefined;

  constructor(onText?: () => void) {
    super();
    this.#onText = onText;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    this.#onText?.();
    done();
  }
}
