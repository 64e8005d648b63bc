import type { Conversation } from '../test/support/llm/recorded-request.ts';

/** What an answer is made from: what the prompt says. */
interface Cue {
  /** Who asks. */
  readonly name: string;
  /** What they told in earlier turns, oldest first. */
  readonly told: readonly string[];
  /** The system prompt, up to the first empty line. */
  readonly instructions: string;
}

/** What the user may be up to, the first that fits; each with its answer. */
const LINES: readonly { readonly kind: string; readonly when: RegExp; readonly say: (cue: Cue) => string }[] =
  [
    {
      kind: 'recall',
      when: /\bwho am i\b|\bwhat did i\b|\b(what|do) you (still )?(know|remember)\b|\bremember me\b/i,
      say: ({ name, told }) =>
        told.length === 0
          ? `Nothing, ${name}. Tell me something, then ask again.`
          : `You told me: ${told.slice(-RECALLED).map(quote).join(' and ')}`,
    },
    {
      kind: 'introduction',
      when: /\bwho are you\b|\bwhat are you\b|\byour (instructions|prompt)\b/i,
      say: ({ instructions }) => `A stand-in for a real model. I was told: ${quote(instructions)}`,
    },
    { kind: 'list', when: /\b(write|show|give|make)\b.*\b(code|cues?|sheet|list)\b/i, say: cueSheet },
    {
      kind: 'telling',
      when: /^(?!.*\?\s*$).*\b(i|my|mine|we|our)\b/i,
      say: ({ name }) => `Good to know, ${name}. I shall remember it.`,
    },
    {
      kind: 'greeting',
      when: /^(hi|hello|hey|good (morning|day|afternoon|evening))\b/i,
      say: ({ name, told }) =>
        told.length === 0
          ? `Hello, ${name}! Tell me something about yourself; later, ask what I remember.`
          : `Hello again, ${name}! Ask me what I remember of you.`,
    },
  ];

/** How many of the things that were told are said back, and how long each may be in characters. */
const RECALLED = 3;
const QUOTED = 100;

/**
 * What the Dramaturg says where no real model speaks for it. It goes by nothing but the prompt: what it remembers is
 * what stands there.
 */
export function dramaturgLines({ system, messages }: Conversation): string {
  const asked = messages.filter(({ role }) => role === 'user').map(({ text }) => read(text));
  const last = asked.pop();
  // The host asks for a word to see whether the model works.
  if (last === undefined) return 'OK';
  const { name, words } = last;
  const told = asked.filter((turn) => lineFor(turn.words)?.kind === 'telling').map((turn) => turn.words);
  const [instructions = ''] = system.split('\n\n');
  return (lineFor(words)?.say ?? fallback)({ name, told, instructions });
}

function lineFor(words: string): (typeof LINES)[number] | undefined {
  return LINES.find(({ when }) => when.test(words));
}

function fallback({ name }: Cue): string {
  return `I am a stand-in, ${name}, not a real model: I know few lines. For a real one set OPENAI_API_KEY, or another provider's key, and start anew.`;
}

/** More than one message of the demo can hold. */
function cueSheet({ name }: Cue): string {
  return `\`\`\`yaml
- house lights: down
- curtain: up, slowly
- thunder: after the ghost
- trumpet: for the king, never for the queen
- skull: on the third spade
- foils: one blunt, one not
- applause: bow twice
\`\`\`
Mind the order, ${name}.`;
}

/** A user's turn of a prompt: who speaks, and what they say. */
function read(text: string): { name: string; words: string } {
  const [, name = 'friend', words = text] = /<message from="([^"]*)">\n([^]*)\n<\/message>$/.exec(text) ?? [];
  return { name, words };
}

function quote(text: string): string {
  return `“${text.length > QUOTED ? `${text.slice(0, QUOTED - 1).toWellFormed()}…` : text}”`;
}
