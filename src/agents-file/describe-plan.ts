import type { FieldChange } from './diff-agent.ts';
import type { FileProblem } from './file-problem.ts';
import type { LoadPlan } from './plan-load.ts';
import { printable, showValue } from './show-value.ts';

/**
 * A plan for a person, a line an agent: `+ create`, `~ update`, `~ disable`, `- delete`, `= n unchanged`. No secrets.
 */
export function describePlan(plan: LoadPlan): string[] {
  return [
    ...plan.create.map(
      ({ definition }) => `+ create ${printable(definition.name)} (${printable(definition.type)})`,
    ),
    ...plan.update.map(describeUpdate),
    ...plan.remove.map(({ name }) => `- delete ${printable(name)}`),
    `= ${plan.unchanged.length} unchanged`,
  ];
}

/** A plan for a program. */
export interface PlanSummary {
  readonly create: readonly string[];
  readonly update: readonly { readonly name: string; readonly fields: readonly string[] }[];
  /** Those of the updates that are switched off. */
  readonly disable: readonly string[];
  readonly delete: readonly string[];
  readonly unchanged: readonly string[];
  readonly warnings: readonly FileProblem[];
}

/** A plan for a program: names, and which fields change but not to what. */
export function summarizePlan(plan: LoadPlan): PlanSummary {
  return {
    create: plan.create.map(({ definition }) => definition.name),
    update: plan.update.map(({ record, fields }) => ({
      name: record.name,
      fields: fields.map(({ field }) => field),
    })),
    disable: plan.update.filter(disables).map(({ record }) => record.name),
    delete: plan.remove.map(({ name }) => name),
    unchanged: plan.unchanged.map(({ record }) => record.name),
    warnings: plan.warnings,
  };
}

type Update = LoadPlan['update'][number];

function disables({ record, agent }: Update): boolean {
  return record.enabled && !agent.definition.enabled;
}

function describeUpdate(update: Update): string {
  const name = printable(update.record.name);
  if (!disables(update)) return `~ update ${name}: ${update.fields.map(describe).join(', ')}`;
  const others = update.fields.filter(({ field }) => field !== 'enabled').map(describe);
  return `~ disable ${name}${others.length === 0 ? '' : `: ${others.join(', ')}`}`;
}

function describe({ field, from, to, concealed }: FieldChange): string {
  const [before, after] = [showValue(from, field), showValue(to, field)];
  // What differs only in what is hidden or cut off would read as no change.
  if (concealed || before === after) return `${printable(field)}: changed`;
  return `${printable(field)} ${before} → ${after}`;
}

/** What a person is told when the plan was carried out, or was only to be shown. */
export function closingWords(plan: LoadPlan, applied: boolean): string[] {
  if (!applied) return ['Dry run: nothing was changed.'];
  const writes = plan.create.length + plan.update.length + plan.remove.length;
  const updates = [...plan.update, ...plan.unchanged].map(({ agent, record }) => ({ ...agent, record }));
  const tokenless = [...plan.create.map((agent) => ({ ...agent, record: undefined })), ...updates]
    .filter(
      ({ definition, token, record }) => definition.enabled && (token ?? record?.sealedToken) === undefined,
    )
    .map(({ definition }) => printable(definition.name));
  return [
    writes === 0
      ? 'Nothing to do.'
      : 'Done. A running host picks this up at its next poll; npm start runs one.',
    ...(tokenless.length === 0
      ? []
      : [`Off Discord until they get a discord_token: ${tokenless.join(', ')}. Set it and load again.`]),
  ];
}
