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
  const journal = new WatchedJournal(new MemoryJournal(), events);
  events.subscribe(({ event }) => heard.push(event));
  expect(await journal.admit(admission, lease)).toBe(true);
  expect(await journal.admit({ ...admission, id: 'e2' }, lease)).toBe(false);
  await journal.reply('e1', { pieces: ['hi'], ending: 'delivered' }, lease);
  journal.finish('e1', { state: 'delivered' }, lease);
  await journal.flush();
  const told = { kind: 'exchange', agentId: 'a1', exchangeId: 'e1' };
  expect(heard).toEqual(['admitted', 'answered', 'delivered'].map((state) => ({ ...told, state })));
});

it('tells nothing of what is not on record, and hands on why', async () => {
  const events = new HostEvents({ now: () => new Date(0) });
  const heard: HostEvent[] = [];
  const broken = new MemoryJournal();
  broken.commit = () => Promise.reject(new Error('no database'));
  const journal = new WatchedJournal(broken, events);
  events.subscribe(({ event }) => heard.push(event));
  await expect(journal.admit(admission, lease)).rejects.toThrow('no database');
  expect(heard).toEqual([]);
});
