import { execFile } from 'node:child_process';
import { mkdir, readdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { longestAnswer } from '../support/answers.js';
import { contextOf, lines } from '../support/build-context.js';
import { unfollowed } from '../support/canary.js';

const engine = useEngine();
const { cli, ok, run } = engine;
const program = promisify(execFile);

let canary: TempDir;
beforeAll(async () => {
  canary = await tempDir('canary-');
  await writeFile(join(canary.path, 'file'), 'secret of the host');
});
afterAll(() => canary.remove());

const tree = async (image: string, path: string): Promise<string> =>
  (await run([image, 'sh', '-c', `cd ${path} && find . | sort`])).stdout;

describe('a source that leads out', () => {
  test.each([
    'COPY ../canary/file /x',
    'COPY ../../../../../../etc/passwd /x',
    'ADD /etc/passwd /x',
    'COPY d/../../file /x',
    'COPY --from=0 /../../../../etc/hostname-of-host /x',
    'COPY link/file /x',
    'COPY link /x',
    'COPY link/* /x/',
    'COPY root${canary}/file /x',
    'ADD --unpack=true link/file /x',
    'RUN --mount=type=bind,source=../../,target=/m cat /m/file',
    'RUN --mount=type=bind,source=link,target=/m cat /m/file',
    'RUN --mount=type=bind,source=root${canary},target=/m cat /m/file',
    'RUN --mount=type=bind,from=one,source=../../etc,target=/m cat /m/file',
    'RUN --mount=type=bind,from=one,source=/out,target=/m cat /m/file',
    'RUN --mount=type=bind,from=one,source=/up${canary},target=/m cat /m/file',
    'COPY --from=one /out/file /x',
    'COPY --from=one /up${canary}/file /x',
  ])('gives nothing of the host: %s', async (instruction) => {
    const context = await contextOf({
      Dockerfile: lines(
        'FROM busybox AS one',
        `RUN ln -s ${canary.path} /out && ln -s ../../../../../../.. /up`,
        'FROM busybox',
        instruction.replace('${canary}', canary.path),
        'RUN cat /x* /x/* 2>/dev/null',
      ),
      'd/f': 'f',
      etc: 'decoy',
    });
    await symlink(canary.path, join(context, 'link'));
    await symlink('/', join(context, 'root'));
    const { stdout, stderr } = await cli(['build', '--progress', 'plain', context]);
    expect(stdout + stderr).not.toContain('secret of the host');
    expect(stderr).not.toMatch(/bug of wharf/);
    expect(await readdir(canary.path)).toEqual(['file']);
  });
});

describe('a context with', () => {
  test('links that lead out has the links alone', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nCOPY . /c\n', 'd/f': 'f' });
    await symlink(canary.path, join(context, 'd/link'));
    await symlink('/', join(context, 'root'));
    await symlink('d/f', join(context, 'inside'));
    await ok(['build', '-q', '-t', 'links', context]);
    expect(await tree('links', '/c')).toBe(
      ['.', './Dockerfile', './d', './d/f', './d/link', './inside', './root\n'].join('\n'),
    );
    const { stdout } = await run(['links', 'sh', '-c', 'readlink /c/d/link; readlink /c/root']);
    expect(stdout).toBe(`${canary.path}\n/\n`);
  });

  test('what is ignored does not come by links to it, nor by wildcards', async () => {
    const context = await contextOf({
      '.dockerignore': 'hidden\n**/*.key\n',
      Dockerfile: lines('FROM busybox', 'COPY . /c', 'RUN --mount=target=/m cp -r /m /b'),
      'hidden/secret': 'hidden secret',
      'd/a.key': 'hidden key',
      'd/b': 'b',
    });
    await symlink('hidden', join(context, 'seen'));
    await symlink('../hidden/secret', join(context, 'd/seen'));
    await ok(['build', '-q', '-t', 'ignored', context]);
    const { stdout } = await run([
      'ignored',
      'sh',
      '-c',
      'grep -r hidden /c /b | grep -v dockerignore; true',
    ]);
    expect(stdout).toBe('');
    for (const instruction of ['COPY hidden /x', 'COPY seen/secret /x', 'COPY d/a.key /x/']) {
      await writeFile(join(context, 'Dockerfile'), `FROM busybox\n${instruction}\n`);
      const { stderr } = await engine.refused(['build', context]);
      expect(stderr).not.toContain('hidden secret');
    }
  });

  test('FIFOs, sockets and devices is built without them, and nothing waits', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nCOPY . /c\n', f: 'f' });
    await mkdir(join(context, 'd'));
    await program('mkfifo', [join(context, 'fifo'), join(context, 'd/fifo')]);
    await program('mknod', [join(context, 'null'), 'c', '1', '3']);
    await program('mknod', [join(context, 'disk'), 'b', '8', '0']);
    const server = createServer().listen(join(context, 'socket'));
    try {
      await ok(['build', '-q', '-t', 'special', context], { timeout: 20_000 });
    } finally {
      server.close();
    }
    expect(await tree('special', '/c')).toBe(['.', './Dockerfile', './d', './f\n'].join('\n'));
  });

  test.each([
    ['Dockerfile', 'a FIFO'],
    ['Dockerfile', '/dev/zero'],
    ['.dockerignore', 'a FIFO'],
    ['.dockerignore', '/dev/zero'],
  ])('a %s that is %s is refused at once', async (name, what) => {
    const context = await contextOf(name === 'Dockerfile' ? {} : { Dockerfile: 'FROM scratch\n' });
    if (what.startsWith('/')) await symlink(what, join(context, name));
    else await program('mkfifo', [join(context, name)]);
    const { stderr } = await engine.refused(['build', context], { timeout: 10_000 });
    expect(stderr).toContain('is no file');
  });

  test('a file of a terabyte with holes is refused before it is read', async () => {
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY . /\n', sparse: '' });
    await truncate(join(context, 'sparse'), 2 ** 40);
    const begin = performance.now();
    const { stderr } = await engine.refused(['build', context]);
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(stderr).toMatch(/sparse|large|more than/);
    expect(stderr).not.toMatch(/bug of wharf/);
  });

  test('names that are no text, and that look like others', async () => {
    const context = await contextOf({ Dockerfile: 'FROM busybox\nCOPY . /c\n' });
    for (const name of ['new\nline', '-rf', ' ', '\u202egnp.exe', '\\', '*', '.wh.x', '~'])
      await writeFile(join(context, name), name);
    for (const byte of [0x80, 0xff])
      await writeFile(Buffer.concat([Buffer.from(`${context}/`), Buffer.from([byte])]), 'raw');
    await ok(['build', '-q', '-t', 'names', context]);
    const { stdout } = await run(['names', 'sh', '-c', 'ls -A /c | wc -l']);
    expect(stdout).toMatch(/^11\n/);
  });

  test('very many files, and others are answered meanwhile', { timeout: 300_000 }, async () => {
    const count = Number(process.env['WHARF_BUILD_FILES'] ?? '10000');
    const context = await contextOf({ Dockerfile: 'FROM busybox\nCOPY . /c\n' });
    const script = `import os,sys
for i in range(int(sys.argv[2])):
    d=f"{sys.argv[1]}/{i%100}"
    os.makedirs(d,exist_ok=True)
    open(f"{d}/{i}","w").write(str(i))`;
    await program('python3', ['-c', script, context, String(count)]);
    const over = new AbortController();
    const worst = longestAnswer(engine, over.signal);
    await ok(['build', '-q', '-t', 'many', context], { timeout: 280_000 });
    over.abort();
    expect(await worst).toBeLessThan(500);
    const { stdout } = await run(['many', 'sh', '-c', 'find /c -type f | wc -l']);
    expect(Number(stdout)).toBe(count + 1);
  });
});

describe('a destination', () => {
  test.each([
    `RUN ln -s ${'../'.repeat(9)} /l`,
    'RUN ln -s / /l',
    'RUN ln -s /proc/self/root /l',
    'RUN ln -s /../../../../.. /l',
  ])('through a link stays in the root: %s', async (made) => {
    const inside = join('/', canary.path, 'evil');
    const context = await contextOf({
      Dockerfile: lines(
        'FROM busybox',
        made,
        `COPY f /l${inside}`,
        `ADD f /l${canary.path}/`,
        `WORKDIR /l${canary.path}/w`,
      ),
      f: 'evil',
    });
    await unfollowed(canary.path, async () => {
      const { stderr } = await cli(['build', '-t', 'through', context]);
      expect(stderr).not.toMatch(/bug of wharf/);
    });
  });

  test('that a stage made a link to the host is one in the root', async () => {
    const context = await contextOf({
      Dockerfile: lines(
        'FROM busybox AS one',
        `RUN mkdir /d && ln -s ${canary.path} /d/l`,
        'FROM busybox',
        'COPY --from=one /d /d',
        'COPY f /d/l/evil',
        'COPY --from=one /bin /d/l/',
      ),
      f: 'evil',
    });
    await unfollowed(canary.path, () => ok(['build', '-q', '-t', 'staged', context]));
    const { stdout } = await run(['staged', 'cat', join(canary.path, 'evil')]);
    expect(stdout).toBe('evil');
    expect((await stat(canary.path)).isDirectory()).toBe(true);
  });
});
