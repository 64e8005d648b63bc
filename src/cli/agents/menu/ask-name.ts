import { agentDefinitionSchema } from '../../../agents/agent-definition.ts';
import { InputError } from '../../../errors.ts';
import { refuseTakenName } from '../save-agent.ts';
import type { Session } from './session.ts';

/** Asks for a name that no other agent has. */
export async function askName(
  { terminal, manager }: Session,
  { initial = '', ownId }: { readonly initial?: string; readonly ownId?: string } = {},
): Promise<string> {
  terminal.explain('What it is called here. On Discord it has the name of its application.');
  const name = await terminal.input('Name:', {
    initial,
    async validate(text) {
      const parsed = agentDefinitionSchema.shape.name.safeParse(text);
      if (!parsed.success) return `A name ${parsed.error.issues[0]?.message ?? 'it cannot be'}.`;
      try {
        await refuseTakenName(parsed.data, manager, ownId);
        return true;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return `${error.message}.`;
      }
    },
  });
  return agentDefinitionSchema.shape.name.parse(name);
}
