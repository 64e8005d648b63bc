import type { HostEvent, KeptEvent } from '../../events/host-events.ts';

/** An event as server-sent events have it, under its id. See the HTML Standard, "Server-sent events". */
export function eventFrame({ id, at, event }: KeptEvent): string {
  return `id: ${id}\n${frame(event.kind, eventAsJson(event, at))}`;
}

/** What is told of the stream itself. JSON has no line breaks. */
export function frame(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Keys in snake case, as everywhere in the API. */
function eventAsJson(event: HostEvent, at: Date): Readonly<Record<string, unknown>> {
  const facts = Object.entries<unknown>(event).filter(([key]) => key !== 'kind');
  return {
    at: at.toISOString(),
    ...Object.fromEntries(facts.map(([key, value]) => [KEYS[key] ?? key, value ?? null])),
  };
}

const KEYS: Readonly<Record<string, string>> = {
  agentId: 'agent_id',
  exchangeId: 'exchange_id',
  incidentId: 'incident_id',
  commandId: 'command_id',
  isOver: 'over',
};
