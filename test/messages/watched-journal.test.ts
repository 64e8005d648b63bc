import { expect, it } from 'vitest';
import { type HostEvent, HostEvents } from '../../src/events/host-events.ts';
import { WatchedJournal } from '../../src/messages/watched-journal.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';

const lease = {
  agentId: 'a1',
  fence: 1n,
  signal: new AbortController().signal,
  held: () => Promise.resolve(),
};
const admission = { id: 'e1', agentId: 'a1', reason: 'mention', message: incomingMessage(), begun: true };

it('tells each step of an exchange once it is on record, and a duplicate not at all', async () => {
  const events = new HostEvents({ now: () => new Date(0) });
  const heard: HostEvent[] = [];
  const ended: string[] = [];
  const journal = new WatchedJournal(new MemoryJournal(), events, {
    ended: (agentId, outcome, reason) => ended.push(`${agentId} ${outcome} ${String(reason)}`),
  });
  events.subscribe(({ event }) => heard.push(event));
  expect(await journal.admit(admission, lease)).toBe(true);
  expect(await journal.admit({ ...admission, id: 'e2' }, lease)).toBe(false);
  await journal.reply('e1', { pieces: ['hi'], ending: 'delivered' }, lease);
  journal.finish('e1', { state: 'delivered' }, lease);
  const other = { ...admission, id: 'e3', reason: 'dm-disabled', message: incomingMessage({ id: '2' }) };
  expect(await journal.ignore(other, lease)).toBe(true);
  expect(await journal.ignore({ ...other, id: 'e4' }, lease)).toBe(false);
  await journal.flush();
  const told = { kind: 'exchange', agentId: 'a1', exchangeId: 'e1' };
  expect(heard).toEqual([
    ...['admitted', 'answered', 'delivered'].map((state) => ({ ...told, state })),
    { ...told, exchangeId: 'e3', state: 'ignored' },
  ]);
  expect(ended).toEqual(['a1 delivered undefined', 'a1 ignored dm-disabled']);
});

it('tells nothing of what is not on record, and hands on why', async () => {
  const events = new HostEvents({ now: () => new Date(0) });
  const heard: HostEvent[] = [];
  const broken = new MemoryJournal();
  broken.commit = () => Promise.reject(new Error('no database'));
  const journal = new WatchedJournal(broken, events, { ended: () => undefined });
  events.subscribe(({ event }) => heard.push(event));
  await expect(journal.admit(admission, lease)).rejects.toThrow('no database');
  expect(heard).toEqual([]);
});
