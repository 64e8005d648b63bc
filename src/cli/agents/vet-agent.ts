import type { AgentDefinition } from '../../agents/agent-definition.ts';
import type { ApplicationReport } from '../../discord/inspect-application.ts';
import { InputError } from '../../errors.ts';
import { supersedes } from '../../examine/application-words.ts';
import { checkModel, lackOf } from '../../examine/check-model.ts';
import { checkToken } from '../../examine/check-token.ts';
import type { Manager } from './manager.ts';

/** What is to be looked at before an agent is saved. */
export interface VetOptions {
  /** Undefined: the token does not change. */
  readonly token: string | undefined;
  /** Whether what answers is new or changed. */
  readonly model: boolean;
  readonly ownId: string | undefined;
  /** Nobody is asked. */
  readonly offline: boolean;
  /** What is wrong is a warning too. */
  readonly force: boolean;
}

/** What was found out. */
export interface Vetted {
  readonly report: ApplicationReport | undefined;
  /** A sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Looks at an agent before it is saved: its token with Discord, its model with a tiny call.
 *
 * @param definition - with its secrets in the open
 * @throws {InputError} when something is wrong; what could not be reached is a warning
 */
export async function vetAgent(
  definition: AgentDefinition,
  manager: Manager,
  { token, model, ownId, offline, force }: VetOptions,
): Promise<Vetted> {
  if (offline) {
    const lack = model ? lackOf(definition, manager.tools) : undefined;
    return { report: undefined, warnings: lack === undefined ? [] : [lack] };
  }
  const [onToken, onModel] = await Promise.all([
    token === undefined ? undefined : checkToken(token, manager, { ownId }),
    model ? checkModel(definition, manager.tools) : undefined,
  ]);
  const wrong: string[] = [];
  const warnings: string[] = [];
  if (onToken?.kind === 'good' && onToken.supersedes !== undefined) {
    warnings.push(supersedes(onToken.supersedes));
  }
  for (const [what, finding] of [
    ['the token', onToken],
    ['the model', onModel],
  ] as const) {
    if (finding?.kind === 'wrong') wrong.push(finding.message);
    if (finding?.kind === 'unreachable') warnings.push(`${what} could not be checked: ${finding.message}`);
  }
  if (wrong.length > 0 && !force) {
    throw new InputError(`${wrong.join('\n')}\nNothing was saved.`, {
      remedy: '--force saves it all the same; --offline asks neither Discord nor the model.',
    });
  }
  return { report: onToken?.kind === 'good' ? onToken.report : undefined, warnings: [...wrong, ...warnings] };
}
