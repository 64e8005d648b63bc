import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../../src/agents-file/open-source.ts';
import type { AgentsText } from '../../src/agents-file/parse-agents-file.ts';
import { InputError, messageOf } from '../../src/errors.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'troupe-source-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const read = async (
  source: string,
  stdin: Iterable<Buffer | string> = [],
): Promise<readonly AgentsText[] | undefined> =>
  (await openSource(source, { cwd, stdin: Readable.from(stdin) }).read())?.texts;

describe('a source of agents files', () => {
  it('may be a file, from here or from the root', async () => {
    await writeFile(path.join(cwd, 'a.txt'), 'é');
    expect(await read('a.txt')).toEqual([{ file: 'a.txt', text: 'é' }]);
    expect(await read(path.join(cwd, 'a.txt'))).toEqual([{ file: path.join(cwd, 'a.txt'), text: 'é' }]);
  });

  it('may be a file: URL, from the root or from here', async () => {
    await writeFile(path.join(cwd, 'a b.yaml'), 'x');
    const file = path.join(cwd, 'a b.yaml');
    expect(await read(pathToFileURL(file).href)).toEqual([{ file, text: 'x' }]);
    expect(await read(`file:${file.replace(' ', '%20')}`)).toEqual([{ file, text: 'x' }]);
    expect(await read('file:a b.yaml')).toEqual([{ file: 'a b.yaml', text: 'x' }]);
    await expect(read('file://elsewhere/a.yaml')).rejects.toThrow(InputError);
  });

  it('may have a colon in its name', async () => {
    await writeFile(path.join(cwd, 'team:cast.yaml'), 'x');
    expect(await read('team:cast.yaml')).toEqual([{ file: 'team:cast.yaml', text: 'x' }]);
  });

  it('has another version once a file is written, replaced, added or gone', async () => {
    const source = openSource('.', { cwd });
    const versions: (string | undefined)[] = [];
    const note = async (): Promise<void> => {
      versions.push((await source.read({ known: versions.at(-1) }))?.version);
    };
    const file = path.join(cwd, 'a.yaml');
    await writeFile(file, 'one');
    await note();
    await writeFile(file, 'three');
    await note();
    await writeFile(`${file}.new`, 'three');
    await rename(`${file}.new`, file);
    await note();
    await writeFile(path.join(cwd, 'b.yaml'), '');
    await note();
    await rm(path.join(cwd, 'b.yaml'));
    await note();
    expect(versions).not.toContain(undefined);
    await note();
    expect(versions.at(-1)).toBeUndefined();
  });

  it('is never read in half while it is written', async () => {
    const file = path.join(cwd, 'a.yaml');
    // Each is one write: of one that pauses between two, a half is all that there is for a while.
    const versions = Array.from({ length: 40 }, (_, n) => String(n % 10).repeat(400_000 + n));
    await writeFile(file, versions[0] ?? '');
    const writing = versions.reduce(
      (before, text) => before.then(() => writeFile(file, text)),
      Promise.resolve(),
    );
    const torn: number[] = [];
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([writing.then(() => true), read('a.yaml').then(check, () => false)]);
    }
    expect(torn).toEqual([]);

    function check(texts: readonly AgentsText[] = []): boolean {
      for (const { text } of texts) if (text !== '' && !versions.includes(text)) torn.push(text.length);
      return false;
    }
  });

  it('may be a folder, of which the YAML files are read in order', async () => {
    await mkdir(path.join(cwd, 'cast', 'folder.yaml'), { recursive: true });
    await writeFile(path.join(cwd, 'cast', '..data'), '');
    for (const name of ['b.yml', 'a.yaml', 'c.txt', '.hidden.yaml', 'd.YAML']) {
      await writeFile(path.join(cwd, 'cast', name), name);
    }
    await symlink('c.txt', path.join(cwd, 'cast', 'link.yaml'));
    expect(await read('cast')).toEqual([
      { file: path.join('cast', 'a.yaml'), text: 'a.yaml' },
      { file: path.join('cast', 'b.yml'), text: 'b.yml' },
      { file: path.join('cast', 'd.YAML'), text: 'd.YAML' },
      { file: path.join('cast', 'link.yaml'), text: 'c.txt' },
    ]);
  });

  it('may be standard input, in whatever pieces', async () => {
    const bytes = Buffer.from('é');
    expect(await read('-', [bytes.subarray(0, 1), bytes.subarray(1), 'è'])).toEqual([
      { file: '<stdin>', text: 'éè' },
    ]);
  });

  it.each<[title: string, name: string, bytes: Buffer, message: string]>([
    [
      'UTF-16',
      'a.yaml',
      Buffer.from('\uFEFFagents: []', 'utf16le'),
      'a.yaml:1:1: the file is UTF-16; save it as UTF-8',
    ],
    [
      'Latin 1',
      'a.yaml',
      Buffer.from('é', 'latin1'),
      'a.yaml:1:1: the file is not UTF-8 text; save it as UTF-8',
    ],
    [
      'too much',
      'a.yaml',
      Buffer.alloc(1024 * 1024 + 1),
      'a.yaml:1:1: the file is larger than 1 MiB; split it and load the folder',
    ],
  ])('is refused when it is %s', async (_, name, bytes, message) => {
    await writeFile(path.join(cwd, name), bytes);
    await expect(read(name)).rejects.toThrow(message);
    await expect(read(name)).rejects.toThrow(InputError);
  });

  it('is refused when it is not there, or holds nothing', async () => {
    await expect(read('none.yaml')).rejects.toThrow(
      new InputError('none.yaml cannot be read: there is no such file or folder'),
    );
    await expect(read('.')).rejects.toThrow(new InputError('. holds no *.yaml or *.yml file'));
  });

  it('is refused by name when it is a link to nothing', async () => {
    await mkdir(path.join(cwd, 'cast'));
    await symlink('gone.yaml', path.join(cwd, 'cast', 'a.yaml'));
    const link = path.join('cast', 'a.yaml');
    const message = `${link} cannot be read: it is a link to something that is not there`;
    await expect(read('cast')).rejects.toThrow(new InputError(message));
    await expect(read(link)).rejects.toThrow(new InputError(message));
  });

  it.each(['\u001B[2Jx', 'file:\u001B[2Jx', 'x\u202E/y', 'file:///\u001B%00', 's3:\u001B', 's3:///\u001B'])(
    'is safe to print when it is refused: %j',
    async (source) => {
      const error: unknown = await (async () => read(source))().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputError);
      expect(messageOf(error)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    },
  );

  it('is safe to print when its text is refused', async () => {
    await writeFile(path.join(cwd, 'a\u001B[2J.yaml'), Buffer.from('é', 'latin1'));
    await expect(read('.')).rejects.toThrow('a\\u001b[2J.yaml:1:1: the file is not UTF-8 text');
  });

  it('is not read to its end when it has none', async () => {
    function* endless(): Generator<Buffer> {
      for (;;) yield Buffer.alloc(65_536);
    }
    await expect(read('-', endless())).rejects.toThrow('<stdin>:1:1: the file is larger than 1 MiB');
  });
});
