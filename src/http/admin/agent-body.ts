import { z } from 'zod';
import type { Principal } from '../../access/principal.ts';
import { includesRole } from '../../access/role.ts';
import { agentDefinitionSchema } from '../../agents/agent-definition.ts';
import { fileKey, settingNames } from '../../agents/agent-keys.ts';
import type { AgentSettings } from '../../agents/check-definition.ts';
import { ProblemsError } from '../../agents/input-problems.ts';
import { newReferences } from '../../agents/merge-settings.ts';
import { REDACTED } from '../../observability/secret-shapes.ts';
import { HttpError } from './problem.ts';

const shape = agentDefinitionSchema.shape;

const token = z
  .string()
  .max(500)
  .nullable()
  .optional()
  .describe('The Discord token, written and never read; null: none, so that the agent is off Discord.');

const config = z
  .record(z.string(), z.unknown())
  .describe('What its type takes: see the schemas `EchoConfig`, `LlmConfig`.');

/** A new agent: the settings of an agents file. */
export const newAgentSchema = z
  .strictObject({
    ...Object.fromEntries(settingNames.map((name) => [fileKey(name), shape[name]])),
    config: config.optional(),
    discord_token: token,
  })
  .meta({ id: 'NewAgent' });

/** A change to an agent, as a JSON merge patch. */
export const agentChangeSchema = z
  .strictObject({
    ...Object.fromEntries(
      settingNames.map((name) => {
        const setting = shape[name];
        return [fileKey(name), ('unwrap' in setting ? setting.unwrap() : setting).nullable().optional()];
      }),
    ),
    config: config.nullable().optional(),
    discord_token: token,
  })
  .meta({
    id: 'AgentChange',
    description:
      'A merge patch (RFC 7396): what is not named stays, null brings the default back. A secret that comes back as ' +
      '`[redacted]` stays what it is.',
  });

/**
 * The token of a body as the agents table takes it.
 *
 * @throws {ProblemsError} when it can be none
 */
export function tokenOf(given: string | null | undefined): string | null | undefined {
  // Masked, as a secret is shown: it stays.
  if (given === undefined || given === REDACTED) return undefined;
  if (given === null) return null;
  const text = given.trim();
  const problem = problemOfToken(text);
  if (problem !== undefined) throw new ProblemsError([{ path: 'discord_token', message: problem }]);
  return text;
}

function problemOfToken(text: string): string | undefined {
  if (text === '') return 'must not be empty; null takes the token away';
  if (text.includes('${')) return 'names a variable, which only an agents file can do';
  if (/^Bot\s/i.test(text)) return 'must be the token alone, without "Bot "';
  return /^[\x21-\x7e]+$/.test(text) ? undefined : 'holds a character that no token has';
}

/**
 * Refuses a new `${NAME}` of somebody who is no admin: with an address of their own beside it, they could have any variable
 * of the host sent there.
 *
 * @throws {HttpError} 403
 */
export function refuseReferences(
  settings: AgentSettings,
  earlier: AgentSettings | undefined,
  { role }: Pick<Principal, 'role'>,
): void {
  const named = newReferences(settings, earlier);
  if (named.length === 0 || includesRole(role, 'admin')) return;
  throw new HttpError(
    403,
    `only an admin may have an agent use a variable of the host: ${named.join(', ')}`,
    {
      remedy: 'Give the key itself; it is stored encrypted and never shown.',
    },
  );
}
