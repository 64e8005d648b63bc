import type { Attachment, Surroundings } from '../agent.ts';
import { decodeText } from './decode-text.ts';

/** How much of the files of one question is read. */
export interface AttachmentLimits {
  /** Files; those behind them are named only. */
  readonly files: number;
  /** Bytes of one text file; the rest is cut off. */
  readonly textBytes: number;
  /** Bytes of all text files. */
  readonly allTextBytes: number;
  /** Images. */
  readonly images: number;
  /** Bytes of one image; a larger one is not read. */
  readonly imageBytes: number;
}

/** 10 files, 64 KiB of a text and 128 KiB of all, 4 images of up to 5 MiB. */
export const DEFAULT_ATTACHMENT_LIMITS: AttachmentLimits = {
  files: 10,
  textBytes: 64 * 1024,
  allTextBytes: 128 * 1024,
  images: 4,
  imageBytes: 5 * 1024 * 1024,
};

/** What was made of the files that came with a question. Each file is in one of the lists, in the order they came. */
export interface ReadAttachments {
  /** Texts; `cut` when there is more of the file. */
  readonly texts: readonly { readonly name: string; readonly text: string; readonly cut: boolean }[];
  /** PNG, JPEG, GIF and WebP images, with the type that they really have. */
  readonly images: readonly {
    readonly name: string;
    readonly mediaType: string;
    readonly data: Uint8Array;
  }[];
  /** What is not read, and why: a few words without anything that users wrote, such as `audio is not read`. */
  readonly others: readonly { readonly name: string; readonly reason: string }[];
}

/** What of a model and a host decides how files are read. */
export interface ReadOptions {
  /** Whether the model sees images. */
  readonly images: boolean;
  /** Default: {@link DEFAULT_ATTACHMENT_LIMITS}. */
  readonly limits?: AttachmentLimits;
}

/**
 * Reads the files that came with a question, all at once. One that cannot be read is named among `others`.
 *
 * @throws the signal's reason when it aborts
 */
export async function readAttachments(
  attachments: readonly Attachment[],
  surroundings: Pick<Surroundings, 'download'>,
  { images, limits = DEFAULT_ATTACHMENT_LIMITS }: ReadOptions,
  signal: AbortSignal,
): Promise<ReadAttachments> {
  signal.throwIfAborted();
  const plans = planReading(attachments, images, limits);
  const results = await Promise.all(plans.map((plan) => read(plan, surroundings, signal)));
  signal.throwIfAborted();
  return {
    texts: results.flatMap((result) => ('text' in result ? [result] : [])),
    images: results.flatMap((result) => ('data' in result ? [result] : [])),
    others: results.flatMap((result) => ('reason' in result ? [result] : [])),
  };
}

/** What to do with a file: read it as a kind, so many bytes of it at most, or not. */
type Plan =
  | { readonly kind: 'text' | 'image'; readonly attachment: Attachment; readonly maxBytes: number }
  | { readonly kind: 'other'; readonly attachment: Attachment; readonly reason: string };

function planReading(
  attachments: readonly Attachment[],
  seesImages: boolean,
  limits: AttachmentLimits,
): Plan[] {
  let textLeft = limits.allTextBytes;
  let imagesLeft = limits.images;
  return attachments.map((attachment, index): Plan => {
    const other = (reason: string): Plan => ({ kind: 'other', attachment, reason });
    if (index >= limits.files) return other(`only the first ${limits.files} files are read`);
    const kind = kindOf(attachment);
    if (kind === 'text') {
      const maxBytes = Math.min(attachment.size, limits.textBytes, textLeft);
      if (maxBytes === 0 && attachment.size > 0) return other('the files before it took up all the room');
      textLeft -= maxBytes;
      return { kind, attachment, maxBytes };
    }
    if (kind !== 'image') return other(`${kind} is not read`);
    if (!seesImages) return other('images are not seen by this model');
    if (attachment.size > limits.imageBytes) return other('the image is too large');
    if (imagesLeft === 0) return other(`only ${limits.images} images are read`);
    imagesLeft -= 1;
    return { kind, attachment, maxBytes: limits.imageBytes };
  });
}

type Result = ReadAttachments[keyof ReadAttachments][number];

async function read(
  plan: Plan,
  surroundings: Pick<Surroundings, 'download'>,
  signal: AbortSignal,
): Promise<Result> {
  const { name, mediaType } = plan.attachment;
  if (plan.kind === 'other') return { name, reason: plan.reason };
  let bytes: Uint8Array;
  try {
    // One byte more than is read tells whether that is all: the size is only what somebody said.
    bytes = await surroundings.download(plan.attachment, plan.maxBytes + 1, signal);
  } catch {
    return { name, reason: 'it could not be downloaded' };
  }
  const cut = bytes.length > plan.maxBytes;
  if (plan.kind === 'text') {
    const text = decodeText(bytes.subarray(0, plan.maxBytes), mediaType);
    return text === undefined ? { name, reason: 'it is not text' } : { name, text, cut };
  }
  if (cut) return { name, reason: 'the image is too large' };
  const realType = imageType(bytes);
  if (realType === undefined) return { name, reason: 'it is not a PNG, JPEG, GIF or WebP image' };
  return { name, mediaType: realType, data: bytes };
}

/** The type of an image, going by its first bytes; undefined when it is none that models see. */
function imageType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (/^RIFF....WEBP/s.test(head)) return 'image/webp';
  return undefined;
}

/** Media types of texts. `video/mp2t` is what Discord takes TypeScript for. */
const TEXT_TYPE =
  /^(?:text\/.+|video\/mp2t|(?:application|image)\/(?:.+[+.-])?(?:json|json5|jsonl|ndjson|xml|yaml|toml|javascript|ecmascript|typescript|csv|sql|sh|shellscript|php|python|perl|ruby|graphql|tex|latex|subrip|diff|patch))$/;

/** How the names of texts end, for those whose media type says nothing. */
const TEXT_NAME =
  /(?:^|\.)(?:txt|text|md|markdown|mdx|rst|adoc|log|csv|tsv|json5?|jsonc|jsonl|ndjson|xml|svg|html?|css|s[ac]ss|less|ya?ml|toml|ini|cfg|conf|config|properties|env|[cm]?[jt]s|[jt]sx|vue|svelte|pyi?|rb|rs|go|java|kts?|scala|groovy|gradle|c|h|cc|cpp|cxx|hpp|cs|fs|vb|swift|m|dart|php|pl|lua|r|jl|ex|exs|erl|hs|clj|lisp|el|nim|zig|asm|sql|graphql|gql|proto|prisma|tf|sh|bash|zsh|fish|ps1|bat|cmd|diff|patch|tex|bib|srt|vtt|dockerfile|makefile|readme|license|gitignore)$/i;

const IMAGE_NAME = /\.(?:png|jpe?g|jfif|gif|webp)$/i;

/** What a file is, going by what is said of it; a few words for what is never read. */
function kindOf({ name, mediaType = '' }: Attachment): string {
  const type = mediaType.replace(/;.*$/s, '').trim().toLowerCase();
  if (type === '' || type === 'application/octet-stream' || type === 'binary/octet-stream') {
    if (TEXT_NAME.test(name)) return 'text';
    return IMAGE_NAME.test(name) ? 'image' : 'this kind of file';
  }
  if (TEXT_TYPE.test(type)) return 'text';
  if (type === 'application/pdf') return 'PDF';
  const family = type.replace(/\/.*$/s, '');
  return ['image', 'audio', 'video'].includes(family) ? family : 'this kind of file';
}
