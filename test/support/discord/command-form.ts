import { formError } from './api-error.ts';

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object */
const NAME = /^[-_'\p{L}\p{N}]{1,32}$/u;
const MAX_DESCRIPTION = 100;
const MAX_OPTIONS = 25;
const CHAT_INPUT = 1;
/** Option types: a subcommand and a group of them. */
const BELOW = new Set<unknown>([1, 2]);

interface Part {
  name?: unknown;
  type?: unknown;
  description?: unknown;
  options?: Part[];
  choices?: { name?: unknown }[];
}

/** Refuses a slash command that Discord refuses. @throws ApiError */
export function checkCommand(command: object): void {
  const { type = CHAT_INPUT } = command as Part;
  if (type === CHAT_INPUT) checkPart(command, '');
}

function checkPart({ name, description, options = [], choices = [] }: Part, at: string): void {
  if (typeof name !== 'string' || !NAME.test(name) || name !== name.toLowerCase()) {
    throw formError(`${at}name`, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
  checkLength(description, MAX_DESCRIPTION, `${at}description`);
  const below = options.filter((option) => BELOW.has(option.type)).length;
  if (below > 0 && below < options.length) {
    throw formError(
      `${at}options`,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
  for (const [field, list] of Object.entries({ options, choices })) {
    if (list.length > MAX_OPTIONS) {
      throw formError(at + field, 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_OPTIONS} or fewer in length.`);
    }
  }
  options.forEach((option, index) => {
    checkPart(option, `${at}options.${index}.`);
  });
  choices.forEach((choice, index) => {
    checkLength(choice.name, MAX_DESCRIPTION, `${at}choices.${index}.name`);
  });
}

function checkLength(text: unknown, max: number, field: string): void {
  if (typeof text === 'string' && text.length >= 1 && text.length <= max) return;
  throw formError(field, 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${max} in length.`);
}
