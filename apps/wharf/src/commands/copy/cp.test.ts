import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFoundError, type Containers, type PathStat } from '@wharf/core';
import { TarReader, writeTar, type TarMember } from '@wharf/linux/tar';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';
import { containerPath, localPath, splitCopyPath } from './paths.js';

const root = mkdtempSync(join(tmpdir(), 'wharf-cp-'));
const here = join(root, 'here');
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(here, { recursive: true, force: true });
  mkdirSync(join(here, 'dir'), { recursive: true });
  writeFileSync(join(here, 'file'), 'text');
  writeFileSync(join(here, 'dir/inner'), 'inner');
});

const signal = new AbortController().signal;
const types = { directory: 0o40755, file: 0o100644, link: 0o120777, device: 0o20666 };
type Tree = Readonly<Record<string, keyof typeof types>>;

function stat(path: string, tree: Tree): Promise<PathStat> {
  const kind = tree[path.replace(/(?<=.)\/\.?$/, '')];
  if (kind === undefined) return Promise.reject(new NotFoundError('path', path));
  const linkTarget = kind === 'link' ? '/behind' : '';
  return Promise.resolve({
    name: '',
    size: 0,
    mode: types[kind],
    modifiedAt: new Date(0),
    linkTarget,
  });
}

interface CopyIn {
  readonly directory: string;
  readonly names: string[];
  readonly options: object;
}

/** A container with these paths, which takes and gives archives. */
function container(tree: Tree, members: readonly TarMember[] = []) {
  const copies: CopyIn[] = [];
  const asked: unknown[] = [];
  const containers: Partial<Containers> = {
    statPath: (_ref, path) => stat(path, tree),
    copyIn: async (_ref, directory, archive, { signal: _, ...options }) => {
      const names: string[] = [];
      const entry = ({ path }: { readonly path: Buffer }) => void names.push(path.toString());
      const reader = new TarReader({ entry, data: () => undefined, end: () => undefined });
      for await (const chunk of archive) reader.push(Buffer.from(chunk));
      copies.push({ directory, names, options });
    },
    copyOut: async (_ref, path, { followLink }) => {
      asked.push(path, followLink);
      return { stat: await stat(path, tree), archive: writeTar(members, { signal }) };
    },
  };
  return { engine: fakeEngine({ containers }), copies, asked };
}

const cp = (argv: readonly string[], options: CliOptions) => wharf(['cp', ...argv], options);

describe('into a container', () => {
  const tree: Tree = {
    '/': 'directory',
    '/d': 'directory',
    '/f': 'file',
    '/l': 'link',
    '/behind': 'directory',
  };
  const names = (name: string) => [`${name}/`, `${name}/inner`];

  test.each<[string, string, string, string[]]>([
    ['file', '/d', '/d', ['file']],
    ['file', '/d/', '/d/', ['file']],
    ['file', '/f', '/', ['f']],
    ['file', '/new', '/', ['new']],
    ['file', 'new', '/', ['new']],
    ['file', '/l', '/behind', ['file']],
    ['dir', '/d', '/d', names('dir')],
    ['dir/', '/d', '/d', names('dir')],
    ['dir/.', '/d', '/d', ['inner']],
    ['dir', '/new', '/', names('new')],
    ['dir/.', '/new', '/', names('new')],
    ['dir', '/', '/', names('dir')],
  ])('%s to %s', async (source, target, directory, expected) => {
    const { engine, copies } = container(tree);
    const { err, code } = await cp([join(here, '/') + source, `web:${target}`], { engine });
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(copies).toEqual([
      { directory, names: expected, options: { noOverwriteDirNonDir: true } },
    ]);
  });

  test.each([
    ['dir', 'web:/f', 'cannot copy directory'],
    ['file', 'web:/new/', 'no such directory'],
    ['file/', 'web:/d', 'not a directory'],
    ['none', 'web:/d', 'none: no such file or directory'],
    ['file', 'web:/dev', 'destination "web:/dev" must be a directory or a regular file'],
  ])('%s to %s is refused', async (source, target, text) => {
    const { engine, copies } = container({ ...tree, '/dev': 'device' });
    const { err, code } = await cp([join(here, '/') + source, target], { engine });
    expect({ code, copies }).toEqual({ code: 1, copies: [] });
    expect(err).toContain(text);
  });

  test('a link is copied as a link, with -L what it names under the name of the link', async () => {
    symlinkSync('dir', join(here, 'link'));
    const { engine, copies } = container(tree);
    await cp([join(here, 'link'), 'web:/d'], { engine });
    await cp(['-aL', join(here, 'link'), 'web:/d'], { engine });
    expect(copies.map((one) => one.names)).toEqual([['link'], names('link')]);
    expect(copies[1]?.options).toEqual({ noOverwriteDirNonDir: true, copyOwners: true });
  });

  test('an archive from standard input goes into a directory', async () => {
    const { engine, copies } = container(tree);
    const archive = () => writeTar([{ path: 'x', type: 'file', mode: 0o644 }], { signal });
    await cp(['-', 'web:/d'], { engine, stdin: archive() });
    expect(copies).toMatchObject([{ directory: '/d', names: ['x'] }]);
    const { err } = await cp(['-', 'web:/f'], { engine, stdin: archive() });
    expect(err).toBe('wharf: destination "web:/f" must be a directory\n');
  });

  test('a container that is not there is told of', async () => {
    const statPath = () => Promise.reject(new NotFoundError('container', 'web'));
    const { err } = await cp([join(here, 'file'), 'web:/'], {
      engine: fakeEngine({ containers: { statPath } }),
    });
    expect(err).toBe('wharf: no such container: web\n');
  });

  test('its size is told on a terminal, or when it is wanted', async () => {
    const { engine } = container(tree);
    const source = join(here, 'file');
    const text = 'Successfully copied 2.05kB to web:/d\n';
    expect((await cp([source, 'web:/d'], { engine, tty: true })).err).toContain(text);
    expect((await cp(['--quiet=false', source, 'web:/d'], { engine })).err).toBe(text);
    expect((await cp(['-q', source, 'web:/d'], { engine, tty: true })).err).toBe('');
  });
});

describe('out of a container', () => {
  const tree: Tree = { '/': 'directory', '/etc': 'directory', '/etc/f': 'file' };
  const file: TarMember = { path: 'f', type: 'file', mode: 0o644, body: Buffer.from('new') };
  const directory: TarMember[] = [
    { path: 'etc', type: 'directory', mode: 0o755 },
    { ...file, path: 'etc/f' },
  ];

  test.each<[string, string, string]>([
    ['/etc/f', 'dir', 'dir/f'],
    ['/etc/f', 'dir/', 'dir/f'],
    ['/etc/f', 'file', 'file'],
    ['/etc/f', 'fresh', 'fresh'],
    ['/etc', 'dir', 'dir/etc/f'],
    ['etc', 'fresh', 'fresh/f'],
    ['/etc/.', 'dir', 'dir/f'],
    ['/etc/.', 'fresh', 'fresh/f'],
    ['/etc', 'fresh/', 'fresh/f'],
  ])('%s to %s', async (source, target, made) => {
    const { engine, asked } = container(tree, source.endsWith('/f') ? [file] : directory);
    const { err, code } = await cp([`web:${source}`, join(here, '/') + target], { engine });
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(readFileSync(join(here, made), 'utf8')).toBe('new');
    expect(asked).toEqual([source.startsWith('/') ? source : `/${source}`, undefined]);
  });

  test.each([
    ['/etc', 'file', 'cannot copy directory'],
    ['/etc/f', 'fresh/', 'no such directory'],
    ['/etc/f', 'file/', 'not a directory'],
    ['/etc/f', 'none/deep', 'does not exist'],
    ['/none', 'fresh', 'no such path: /none'],
  ])('%s to %s is refused', async (source, target, text) => {
    const { engine } = container(tree, source.endsWith('/f') ? [file] : directory);
    const { err, code } = await cp([`web:${source}`, join(here, '/') + target], { engine });
    expect(code).toBe(1);
    expect(err).toContain(text);
    expect(readFileSync(join(here, 'file'), 'utf8')).toBe('text');
    expect(existsSync(join(here, 'fresh'))).toBe(false);
  });

  test('as an archive to standard output', async () => {
    const { engine, asked } = container(tree, [file]);
    const { out } = await cp(['-L', 'web:/etc/f', '-'], { engine });
    expect(out.slice(0, 2)).toBe('f\0');
    expect(asked).toEqual(['/etc/f', true]);
    expect((await cp(['web:/etc/f', '-'], { engine, tty: true })).code).toBe(1);
  });
});

describe('the arguments', () => {
  test.each([
    [['a:/x', 'b:/y'], 'copying between containers is not supported'],
    [['/x', '/y'], 'must specify at least one container source'],
    [['', 'b:/y'], 'source can not be empty'],
    [['a:/x', ''], 'destination can not be empty'],
  ])('%j', async (argv, text) => {
    const { err, code } = await cp(argv, {});
    expect(code).toBe(1);
    expect(err).toContain(text);
  });

  test('what has a colon and begins with a slash or a dot is a path here', () => {
    for (const text of ['./a:b', '/a:b', '../a:b', 'a', ':b', '-']) {
      expect(splitCopyPath(text)).toEqual({ container: undefined, path: text });
    }
    expect(splitCopyPath('a:b:c')).toEqual({ container: 'a', path: 'b:c' });
  });

  test('paths become absolute and keep what their end says', () => {
    expect(localPath('/a/b/..//c/')).toBe('/a/c/');
    expect(localPath('/a/.')).toBe('/a/.');
    expect(localPath('/')).toBe('/');
    expect(['', 'a/', '.', '/..', '../x'].map(containerPath)).toEqual(['/', '/a/', '/', '/', '/x']);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '.', 'a') }), (text) => {
        const path = containerPath(text);
        expect(path.startsWith('/')).toBe(true);
        expect(path.split('/')).not.toContain('..');
      }),
    );
  });
});
