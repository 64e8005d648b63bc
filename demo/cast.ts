import type { EchoConfig } from '../src/agents/echo-agent.ts';

/** The colours of the cast, as terminals name them. */
export type RoleColour = 'cyan' | 'magenta' | 'yellow';

/** A bot of the demo. */
export interface Role {
  readonly name: string;
  /** One character that stands before the name. */
  readonly avatar: string;
  readonly colour: RoleColour;
  /** What makes one echo sound different from another. */
  readonly config: EchoConfig;
}

/** Who is on stage: three echo agents, each with a way of its own to say things again. */
export const CAST = [
  { name: 'Prompter', avatar: '❝', colour: 'cyan', config: { prefix: 'psst… “', suffix: '”' } },
  {
    name: 'Understudy',
    avatar: '◐',
    colour: 'magenta',
    config: { prefix: 'I can do that too: ', suffix: ' (was that right?)' },
  },
  { name: 'Herald', avatar: '⚑', colour: 'yellow', config: { prefix: 'Hear ye! ', suffix: '' } },
] as const satisfies readonly Role[];

/** The name of one of the {@link CAST}. */
export type RoleName = (typeof CAST)[number]['name'];

/** The name as it is written on the bill, whatever the case; undefined when nobody is called that. */
export function roleNamed(name: string): RoleName | undefined {
  return CAST.find((role) => role.name.toLowerCase() === name.toLowerCase())?.name;
}

/** How somebody looks: one of the cast, or a person. */
export function lookOf(name: string): { readonly avatar: string; readonly colour: RoleColour | 'green' } {
  return CAST.find((role) => role.name === name) ?? { avatar: '●', colour: 'green' };
}
