import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTreeDirectory } from '@wharf/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fill, listed, opened, readPiece } from './test-context.js';

describe('a build context', () => {
  let top: string;
  let cache: string;
  let count = 0;
  beforeAll(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'wharf-context-')));
    chmodSync(top, 0o755);
    cache = join(top, 'cache');
  });
  afterAll(() => rmSync(top, { recursive: true }));

  const directory = (files: Readonly<Record<string, string>> = {}): string => {
    const path = join(top, `context-${count++}`);
    mkdirSync(path);
    return fill(path, files);
  };
  const at = (dir: string, name: string) => Buffer.from(`${dir}/${name}`, 'latin1');

  test('has files, directories and links with their modes; links are not followed', async () => {
    const dir = directory({ 'a/b/c': 'c', z: 'zz', 'a/x': '' });
    symlinkSync('/etc', join(dir, 'a/link'));
    symlinkSync('missing', at(dir, '\xfe'));
    linkSync(join(dir, 'z'), join(dir, 'hard'));
    mkdirSync(join(dir, 'empty'));
    writeFileSync(at(dir, '\xff\xfe'), 'bytes');
    writeFileSync(join(dir, 'ü'), 'umlaut');
    chmodSync(join(dir, 'z'), 0o4751);
    chmodSync(join(dir, 'empty'), 0o1700);
    const context = await opened(dir, cache);
    expect(await listed(context)).toEqual([
      'a/',
      'a/b/',
      'a/b/c=c',
      'a/link->/etc',
      'a/x=',
      'empty/',
      'hard=zz',
      'z=zz',
      'Ã¼=umlaut',
      '\xfe->missing',
      '\xff\xfe=bytes',
    ]);
    expect(context).toMatchObject({ files: 6, bytes: 16, skipped: [], hidden: [] });
    expect(context.createdAt).toBeUndefined();
    const root = (await readPiece(context.source, context.digest)).toString('latin1');
    const modes = decodeTreeDirectory(root).entries.map((e) => (e.kind === 'link' ? 0 : e.mode));
    expect(modes.slice(1, 4).map((mode) => mode.toString(8))).toEqual(['1700', '4751', '4751']);
  });

  test('has names of any bytes', async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[/\0]/g, '_'))
      .filter((text) => text !== '.' && text !== '..');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), async (names) => {
        const dir = directory();
        for (const text of names) writeFileSync(at(dir, text), text, 'latin1');
        const wanted = names.toSorted((a, b) => (a < b ? -1 : 1)).map((text) => `${text}=${text}`);
        expect(await listed(await opened(dir, cache))).toEqual(wanted);
        rmSync(dir, { recursive: true });
      }),
      { numRuns: 50 },
    );
  });

  test('is the same tree by whatever name and order', async () => {
    const one = directory({ a: '1', 'b/c': '2' });
    const two = directory({ 'b/c': '2', a: '1' });
    symlinkSync(two, join(top, 'alias'));
    const { digest } = await opened(one, cache);
    expect(await opened(join(top, 'alias'), cache)).toMatchObject({ digest });
  });

  test('lacks sockets, FIFOs and devices, and says so', async () => {
    const dir = directory({ a: 'a' });
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    const server = createServer().listen(join(dir, 'socket'));
    try {
      const context = await opened(dir, cache);
      expect(await listed(context)).toEqual(['a=a']);
      expect(context.skipped).toEqual(['fifo', 'socket']);
    } finally {
      server.close();
    }
  });

  test('of more bytes than fit anywhere is refused before they are read', async () => {
    const dir = directory({ sparse: '' });
    truncateSync(join(dir, 'sparse'), 2 ** 40);
    await expect(opened(dir, cache)).rejects.toMatchObject({ code: 'resource-exhausted' });
  });

  test.each(['a FIFO', '/dev/zero'])('whose ignore file is %s is refused at once', async (what) => {
    const dir = directory();
    const path = join(dir, '.dockerignore');
    if (what.startsWith('/')) symlinkSync(what, path);
    else execFileSync('mkfifo', [path]);
    await expect(opened(dir, cache)).rejects.toMatchObject({ code: 'failed-precondition' });
  });

  test('lacks what .dockerignore leaves out; Dockerfile and ignore file are hidden then', async () => {
    const dir = directory({
      '.dockerignore': '*\n!src\n**/*.log\n!docs/keep.md\n',
      Dockerfile: 'FROM scratch',
      'docs/a.md': '',
      'docs/keep.md': '',
      'src/a.log': '',
      'src/a.ts': '',
    });
    const lines = ['docs/', 'docs/keep.md=', 'src/', 'src/a.ts='];
    const ignore = '.dockerignore=*\n!src\n**/*.log\n!docs/keep.md\n';
    const named = await opened(dir, cache, { dockerfile: join(dir, 'Dockerfile') });
    expect(await listed(named)).toEqual([ignore, 'Dockerfile=FROM scratch', ...lines]);
    expect(named.hidden).toEqual(['.dockerignore', 'Dockerfile']);
    expect(named.dockerfilePath).toBe('Dockerfile');
    const unnamed = await opened(dir, cache);
    expect(await listed(unnamed)).toEqual([ignore, ...lines]);
    expect(unnamed.dockerfilePath).toBeUndefined();
  });

  test('has the ignore file of its Dockerfile before .dockerignore, also outside', async () => {
    const dir = directory({
      '.dockerignore': 'b',
      'deep/x.Dockerfile': 'FROM a',
      'deep/x.Dockerfile.dockerignore': '*\n!a',
      a: '',
      b: '',
    });
    const inside = await opened(dir, cache, { dockerfile: join(dir, 'deep/x.Dockerfile') });
    expect((await listed(inside)).map((line) => line.split('=')[0])).toEqual([
      '.dockerignore',
      'a',
      'deep/',
      'deep/x.Dockerfile',
      'deep/x.Dockerfile.dockerignore',
    ]);
    expect(inside.dockerfilePath).toBe('deep/x.Dockerfile');
    const away = directory({ D: 'FROM a', 'D.dockerignore': 'a\ndeep' });
    const outside = await opened(dir, cache, { dockerfile: join(away, 'D') });
    expect(await listed(outside)).toEqual(['.dockerignore=b', 'b=']);
    expect(outside.dockerfilePath).toBeUndefined();
  });

  test('does not read directories that are ignored as a whole', async () => {
    const dir = directory({ a: '' });
    mkdirSync(join(dir, `x${'/d'.repeat(300)}`), { recursive: true });
    await expect(opened(dir, cache)).rejects.toMatchObject({ code: 'resource-exhausted' });
    writeFileSync(join(dir, '.dockerignore'), 'x\n!a');
    expect(await listed(await opened(dir, cache))).toEqual(['.dockerignore=x\n!a', 'a=']);
  });

  test.runIf(process.getuid?.() === 0)('names what cannot be read', async () => {
    const dir = directory({ 'a/secret': 'x', 'b/c': '' });
    const seteuid = process.seteuid?.bind(process) ?? (() => {});
    const failure = async () => {
      seteuid(65534);
      try {
        return await opened(dir, join(top, 'other')).catch((error: unknown) => error);
      } finally {
        seteuid(0);
      }
    };
    chmodSync(join(dir, 'a/secret'), 0);
    const denied = { code: 'permission-denied' };
    expect(await failure()).toMatchObject({ ...denied, facts: { path: 'a/secret' } });
    chmodSync(join(dir, 'a/secret'), 0o644);
    chmodSync(join(dir, 'b'), 0);
    expect(await failure()).toMatchObject({ ...denied, facts: { path: 'b' } });
  });

  test('refuses what is no directory, rules that are malformed, and ends with its signal', async () => {
    const dir = directory({ '.dockerignore': 'fine\na[', file: '' });
    const refused = { code: 'invalid-argument' };
    await expect(opened(join(dir, 'file'), cache)).rejects.toMatchObject(refused);
    await expect(opened(join(dir, 'none'), cache)).rejects.toMatchObject(refused);
    await expect(opened(dir, cache)).rejects.toMatchObject({ ...refused, facts: { line: '2' } });
    const signal = AbortSignal.abort(new TypeError('enough'));
    await expect(opened(directory(), cache, { signal })).rejects.toThrow('enough');
  });

  describe('in a git work tree', () => {
    const git = (dir: string, ...args: string[]) =>
      execFileSync('git', ['-C', dir, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          HOME: top,
          GIT_COMMITTER_DATE: '@1234567890 +0000',
          GIT_AUTHOR_DATE: '@1 +0000',
        },
      });
    const repository = () => {
      const dir = directory({ 'sub/a': 'a' });
      git(dir, 'init', '-q');
      const user = ['-c', 'user.name=n', '-c', 'user.email=e@example.org'];
      git(dir, ...user, 'commit', '-q', '--allow-empty', '-m', 'one');
      return dir;
    };

    test('has the time of the commit', async () => {
      const dir = repository();
      const createdAt = new Date(1234567890_000);
      expect(await opened(dir, cache)).toMatchObject({ createdAt });
      expect(await opened(join(dir, 'sub'), cache)).toMatchObject({ createdAt });
    });

    test('runs nothing that the repository names', async () => {
      const dir = repository();
      const canary = join(top, 'canary');
      const program = join(top, 'program');
      writeFileSync(program, `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
      const raw = execFileSync('git', ['-C', dir, 'cat-file', 'commit', 'HEAD'], {
        encoding: 'utf8',
      });
      const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n';
      const signed = execFileSync(
        'git',
        ['-C', dir, 'hash-object', '-t', 'commit', '-w', '--stdin'],
        {
          input: raw.replace('\n\n', `\n${signature}`),
          encoding: 'utf8',
        },
      );
      git(dir, 'update-ref', 'HEAD', signed.trim());
      for (const key of ['gpg.program', 'core.fsmonitor', 'core.pager', 'diff.external']) {
        git(dir, 'config', key, program);
      }
      git(dir, 'config', 'log.showSignature', 'true');
      expect(spawnSync('git', ['-C', dir, 'log', '-1']).status).toBe(0);
      expect(existsSync(canary)).toBe(true);
      rmSync(canary);
      expect(await opened(dir, cache)).toMatchObject({ createdAt: new Date(1234567890_000) });
      expect(existsSync(canary)).toBe(false);
    });

    test('without a commit, or without git, has none', async () => {
      const dir = directory({ a: 'a' });
      git(dir, 'init', '-q');
      expect((await opened(dir, cache)).createdAt).toBeUndefined();
      const env = { XDG_CACHE_HOME: cache, PATH: '/nowhere' };
      expect((await opened(repository(), cache, { env })).createdAt).toBeUndefined();
    });
  });

  test('is the same in Bun', async () => {
    const dir = directory({ 'a/b': 'b', large: 'x'.repeat(3 << 20) });
    writeFileSync(at(dir, '\xff \xe9'), 'bytes');
    symlinkSync('\u00fc', join(dir, 'link'));
    const { digest, bytes } = await opened(dir, cache);
    const script = join(import.meta.dirname, 'open-context.ts');
    const program = [
      `const { openBuildContext } = await import(${JSON.stringify(script)});`,
      'const { signal } = new AbortController();',
      `const { digest, bytes, source } = await openBuildContext({ directory: ${JSON.stringify(dir)}, signal, index: false });`,
      'let read = 0;',
      'for await (const { data } of source.read([digest])) read += data.length;',
      'console.log(JSON.stringify({ digest, bytes, read: read > 0 }));',
    ].join('\n');
    const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');
    const out = execFileSync(bun, ['--conditions=@wharf/source', '-e', program], {
      encoding: 'utf8',
    });
    expect(JSON.parse(out)).toEqual({ digest, bytes, read: true });
  });
});
