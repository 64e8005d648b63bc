import type { EchoConfig } from '../src/agents/echo-agent.ts';

/** The colours of the cast, as terminals name them. */
export type RoleColour = 'cyan' | 'magenta' | 'yellow' | 'blueBright';

/** A bot of the demo. */
export interface Role {
  readonly name: string;
  /** One character that stands before the name. */
  readonly avatar: string;
  readonly colour: RoleColour;
  readonly type: 'echo' | 'llm';
  /** What makes it different from another of its type; an LLM agent is told its model besides. */
  readonly config: EchoConfig | { readonly system_prompt: string };
}

/** Who is on stage: three echo agents, each with a way of its own to say things again, and an LLM agent. */
export const CAST = [
  {
    name: 'Prompter',
    avatar: '❝',
    colour: 'cyan',
    type: 'echo',
    config: { prefix: 'psst… “', suffix: '”' },
  },
  {
    name: 'Understudy',
    avatar: '◐',
    colour: 'magenta',
    type: 'echo',
    config: { prefix: 'I can do that too: ', suffix: ' (was that right?)' },
  },
  {
    name: 'Herald',
    avatar: '⚑',
    colour: 'yellow',
    type: 'echo',
    config: { prefix: 'Hear ye! ', suffix: '' },
  },
  {
    name: 'Dramaturg',
    avatar: '✎',
    colour: 'blueBright',
    type: 'llm',
    config: {
      system_prompt: 'You are {agent} of a small theatre. You talk with {user}. Answer in a sentence or two.',
    },
  },
] as const satisfies readonly Role[];

/** The name of one of the {@link CAST}. */
export type RoleName = (typeof CAST)[number]['name'];

/** The name as it is written on the bill, whatever the case; undefined when nobody is called that. */
export function roleNamed(name: string): RoleName | undefined {
  return CAST.find((role) => role.name.toLowerCase() === name.toLowerCase())?.name;
}

/** Whether that is the name of an LLM agent of the cast. */
export function isLlm(name: string): boolean {
  return CAST.find((role) => role.name === name)?.type === 'llm';
}

/** How somebody looks: one of the cast, or a person. */
export function lookOf(name: string): { readonly avatar: string; readonly colour: RoleColour | 'green' } {
  return CAST.find((role) => role.name === name) ?? { avatar: '●', colour: 'green' };
}
