/** A file to send along with a message. */
export interface FileInput {
  name: string;
  data: Uint8Array | string;
  /** Guessed from the name when left out. */
  contentType?: string;
  description?: string;
}

/** A file that a message carries, as it is served. */
export interface StoredFile {
  id: string;
  name: string;
  contentType: string;
  data: Uint8Array;
}

const TYPES: Record<string, string> = {
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json',
  csv: 'text/csv',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
};

/** The media type that Discord would give a file of this name. */
export function contentTypeOf(name: string): string {
  return TYPES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
