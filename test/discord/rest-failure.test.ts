import { DiscordAPIError, HTTPError } from '@discordjs/rest';
import { expect, it } from 'vitest';
import { deliveryErrorOf, withoutRequest } from '../../src/discord/rest-failure.ts';
import { everythingIn } from './stage.ts';

const URL = 'https://discord.com/api/v10/webhooks/1/secret-token/messages/@original';
const REQUEST = { files: undefined, body: { content: 'what a user said' } };

it.each([
  ['refuses', new DiscordAPIError({ code: 50_001, message: 'No' }, 50_001, 403, 'PATCH', URL, REQUEST)],
  ['is ill', new HTTPError(503, 'Service Unavailable', 'PATCH', URL, REQUEST)],
])('an error keeps neither the text nor the address of its request when Discord %s', (_, error) => {
  expect(everythingIn(error)).toMatch(/secret-token.*what a user said|what a user said.*secret-token/);
  for (const told of [withoutRequest(error), deliveryErrorOf(error)]) {
    expect(everythingIn(told)).not.toMatch(/what a user said|secret-token/);
  }
});
