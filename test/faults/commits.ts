/** Every commit on the way of a message, and around it, by the statement that it can be told by. */
export const COMMITS: Readonly<Record<string, RegExp>> = {
  admit: /^INSERT INTO exchanges/,
  begin: /^UPDATE exchanges SET attempts = attempts \+ 1/,
  stream: /^UPDATE exchanges SET state = 'streaming'/,
  posted: /^UPDATE exchanges SET state = CASE state/,
  reply: /^UPDATE exchanges SET state = CASE WHEN posted/,
  finish: /^UPDATE exchanges SET state = \?/,
  recall: /^INSERT INTO memories/,
  remember: /^INSERT INTO memory_turns/,
  reserve: /^INSERT INTO model_calls/,
  settle: /^UPDATE model_calls/,
  lease: /bot_leases SET/,
  session: /gateway_sessions/,
  seen: /last_seen/,
};
