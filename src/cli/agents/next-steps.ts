import type { AgentDefinition } from '../../agents/agent-definition.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import { requiresMessageContent } from '../../agents/agent-types.ts';
import { type ApplicationReport, inviteUrl, portalUrl } from '../../discord/inspect-application.ts';
import { lacksContent } from '../../examine/application-words.ts';

/** Links that an agent's owner needs; undefined where there is nothing to do, or nobody knows. */
export interface Links {
  readonly invite: string | undefined;
  /** The page of the switch for message contents, when the settings need it and it is off. */
  readonly portal: string | undefined;
}

/** @param report - what Discord just told of the agent's token */
export function linksOf(agent: AgentRecord, report: ApplicationReport | undefined): Links {
  const applicationId = (report?.identity ?? agent.identity)?.applicationId;
  return {
    invite: applicationId === undefined ? undefined : inviteUrl(applicationId),
    portal:
      report === undefined || !lacksContent(agent, report)
        ? undefined
        : portalUrl(report.identity.applicationId, 'bot'),
  };
}

/**
 * The stored token of an agent that is to be changed, when the change begins to need the switch for message contents:
 * Discord has to be asked about it. Undefined when there is nothing to ask.
 */
export function tokenToAsk(
  definition: AgentDefinition,
  record: AgentRecord | undefined,
  store: Pick<AgentStore, 'openToken'>,
): string | undefined {
  if (record === undefined || !requiresMessageContent(definition) || requiresMessageContent(record)) {
    return undefined;
  }
  return store.openToken(record);
}

/** What there is to do until the agent answers on Discord, a line each. */
export function nextSteps(
  agent: AgentRecord,
  report: ApplicationReport | undefined,
  pollIntervalMs: number,
): string[] {
  const { invite, portal } = linksOf(agent, report);
  const name = shellWord(agent.name);
  const steps: string[] = [];
  if (agent.sealedToken === undefined) {
    steps.push(
      `It stays off Discord until it has a token: npm run agents -- edit ${name} --token-env VARIABLE`,
    );
  }
  if (portal !== undefined) steps.push(`Switch on the Message Content Intent, which it needs: ${portal}`);
  if (invite !== undefined) steps.push(`Invite it to a server: ${invite}`);
  if (!agent.enabled) steps.push(`It is disabled; to run it: npm run agents -- enable ${name}`);
  else if (agent.sealedToken !== undefined) {
    steps.push(
      `npm start runs it; a host that is running picks it up within ${pollIntervalMs / 1_000} seconds.`,
    );
  }
  return steps;
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
