import { apiError } from './api-error.ts';
import type { Channel } from './channel.ts';
import type { Guild } from './guild.ts';
import type { Message } from './message.ts';
import type { RestRequest } from './rest-request.ts';

/** A channel that the bot sees. @throws ApiError 10003, 50001 */
export function visibleChannel(request: RestRequest, id: string): Channel {
  const channel = request.core.world.channels.get(id);
  if (!channel) throw apiError('unknownChannel');
  if (!channel.visibleTo(request.bot)) throw apiError('missingAccess');
  return channel;
}

/** A channel that the bot may write in. @throws ApiError 10003, 50001, 50007, 50008, 50013 */
export function writableChannel(request: RestRequest, id: string): Channel {
  const channel = visibleChannel(request, id);
  if (!channel.isTextBased) throw apiError('noTextChannel');
  if (channel.recipients?.user.acceptsDms === false) throw apiError('cannotDm');
  if (!channel.recipients && !channel.writableBy(request.bot)) throw apiError('missingPermissions');
  return channel;
}

/** A message in a channel that the bot sees. @throws ApiError 10008 and those of the channel */
export function visibleMessage(request: RestRequest, channelId: string, id: string): Message {
  const message = visibleChannel(request, channelId).messages.get(id);
  if (!message) throw apiError('unknownMessage');
  return message;
}

/** A guild that the bot is in. @throws ApiError 10004 */
export function visibleGuild(request: RestRequest, id: string): Guild {
  const guild = request.core.world.guilds.get(id);
  if (!guild?.bots.has(request.bot)) throw apiError('unknownGuild');
  return guild;
}

/** An object field of a request's body, or `undefined`. */
export function objectField(json: Record<string, unknown>, key: string): Record<string, unknown> | undefined {
  const value = json[key];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A text field of a request's body, or `undefined`. */
export function textField(json: Record<string, unknown>, key: string): string | undefined {
  const value = json[key];
  return typeof value === 'string' ? value : undefined;
}
