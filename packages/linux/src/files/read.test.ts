import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../tar/testing/collect.js';
import { gather } from '../tar/testing/gather.js';
import type { Bench } from './testing/bench.js';
import { canMount, listArchive, mountOf, openBench } from './testing/bench.js';

const signal = new AbortController().signal;

describe.runIf(canMount)('reading files of a container', () => {
  let bench: Bench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  const withLinks = () =>
    bench.container((lower) => {
      mkdirSync(join(lower, 'd/e'), { recursive: true });
      writeFileSync(join(lower, 'd/f'), '1');
      symlinkSync('/d', join(lower, 'link'));
      symlinkSync('../../../..', join(lower, 'up'));
      symlinkSync('/nope/x', join(lower, 'dangling'));
      symlinkSync('loop', join(lower, 'loop'));
    });

  const stat = (path: string, view = withLinks().stopped) =>
    bench.files.stat(view, path, { signal });
  const pack = async (path: string, { followLink = false, view = withLinks().stopped } = {}) => {
    const { archive } = await bench.files.pack(view, { path, followLink }, { signal });
    return await listArchive(archive);
  };

  describe('stat', () => {
    test('tells name, size, mode and time', async () => {
      const c = bench.container((lower) => {
        writeFileSync(join(lower, 'f'), 'four');
        chmodSync(join(lower, 'f'), 0o4751);
        utimesSync(join(lower, 'f'), 1, 1234567);
      });
      expect(await stat('/f', c.stopped)).toEqual({
        name: 'f',
        size: 4,
        mode: 0o104751,
        modifiedAt: new Date(1234567000),
        linkTarget: '',
      });
    });

    test('a link is told with its target as the container sees it', async () => {
      expect(await stat('/link')).toMatchObject({ name: 'link', linkTarget: '/d' });
      expect(await stat('/up')).toMatchObject({ name: 'up', linkTarget: '/' });
      expect(await stat('/dangling')).toMatchObject({ linkTarget: '/nope/x' });
    });

    test('a slash at the end follows', async () => {
      expect(await stat('/link/')).toMatchObject({ name: 'link', linkTarget: '' });
      expect(await stat('/link/.')).toMatchObject({ name: '.', linkTarget: '' });
      expect(await stat('/')).toMatchObject({ name: '/' });
    });

    test('links and .. do not lead out of the root', async () => {
      expect(await stat('/up/etc/passwd')).toMatchObject({ size: 22 });
      expect(await stat('../../../etc/passwd')).toMatchObject({ size: 22 });
      expect(await stat('/link/../../../../etc/passwd')).toMatchObject({ size: 22 });
    });

    test('what is not there is not-found, what is no directory invalid-argument', async () => {
      await expect(stat('/nope')).rejects.toMatchObject({ code: 'not-found' });
      await expect(stat('/d/f/x')).rejects.toMatchObject({ code: 'not-found' });
      await expect(stat('/dangling/')).rejects.toMatchObject({ code: 'not-found' });
      await expect(stat('/d/f/')).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(stat('/loop/')).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(stat('')).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(stat('/a\0b')).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(stat(`/${'x'.repeat(300)}`)).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('pack', () => {
    test('the first entry has the name of the last component', async () => {
      expect(await pack('/d')).toEqual(['d/', 'd/e/', 'd/f=1']);
      expect(await pack('/d/.')).toEqual(['./', './e/', './f=1']);
      expect(await pack('/d/f')).toEqual(['f=1']);
      expect(await pack('/link')).toEqual(['link->/d']);
      expect(await pack('/link/')).toEqual(['link/', 'link/e/', 'link/f=1']);
      expect((await pack('/')).slice(0, 3)).toEqual(['./', './d/', './d/e/']);
    });

    test('a link is followed when asked to, in the root', async () => {
      expect(await pack('/link', { followLink: true })).toEqual(['link/', 'link/e/', 'link/f=1']);
      await expect(pack('/dangling', { followLink: true })).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('a running container is read where its shim has it mounted', async () => {
      const c = withLinks();
      const { view, end } = await c.run('echo new > d/new; rm d/f');
      expect(await pack('/d', { view })).toEqual(['d/', 'd/e/', 'd/new=new\n']);
      await end();
      await expect(pack('/d', { view })).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('a process that is not the shim any more is not entered', async () => {
      const { view } = await withLinks().run();
      if (view.root.kind !== 'task') return;
      const other = { ...view.root.shim, startTicks: view.root.shim.startTicks + 1n };
      const wrong = { ...view, root: { ...view.root, shim: other } };
      await expect(stat('/d', wrong)).rejects.toMatchObject({ code: 'unavailable' });
      const bare = { ...view, root: { ...view.root, path: bench.dir } };
      await expect(stat('/d', bare)).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('volumes and binds are seen, through links in the root, and stay in it', async () => {
      const c = withLinks();
      const source = join(c.dir, 'source');
      mkdirSync(join(source, 'deep'), { recursive: true });
      writeFileSync(join(source, 'v'), 'volume');
      writeFileSync(join(source, 'hosts'), 'me');
      symlinkSync(bench.dir, join(c.lower, 'out'));
      const view = {
        ...c.stopped,
        mounts: [
          mountOf({ source, target: '/link/e' }),
          mountOf({ source: join(source, 'hosts'), target: '/etc/passwd' }),
          mountOf({ source: join(source, 'none'), target: '/etc/hosts', optional: true }),
          mountOf({ source, target: '/missing/place' }),
        ],
      };
      expect(await pack('/d', { view })).toEqual([
        'd/',
        'd/e/',
        'd/e/deep/',
        'd/e/hosts=me',
        'd/e/v=volume',
        'd/f=1',
      ]);
      expect(await pack('/etc', { view })).toEqual(['etc/', 'etc/passwd=me']);
      await expect(pack('/out/x', { view })).rejects.toMatchObject({ code: 'not-found' });
      expect(readdirSync(c.upper)).toEqual([]);
    });

    test('a bind whose source is gone is failed-precondition', async () => {
      const view = {
        ...withLinks().stopped,
        mounts: [mountOf({ source: '/no/such', target: '/d' })],
      };
      await expect(pack('/d', { view })).rejects.toMatchObject({
        code: 'failed-precondition',
        message: expect.stringContaining('/d') as string,
      });
    });

    test('a volume that was never used shows what the root has', async () => {
      const c = withLinks();
      mkdirSync(join(c.dir, 'volume'));
      const mount = mountOf({ source: join(c.dir, 'volume'), target: '/d', seeded: true });
      const view = { ...c.stopped, mounts: [mount] };
      expect(await pack('/d', { view })).toEqual(['d/', 'd/e/', 'd/f=1']);
    });

    test('special files are not opened, sockets are left out, all else is as it is', async () => {
      const c = bench.container((lower) => {
        mkdirSync(join(lower, 's'));
        execFileSync('mkfifo', [join(lower, 's/fifo')]);
        execFileSync('mknod', [join(lower, 's/null'), 'c', '1', '3']);
        writeFileSync(
          Buffer.concat([Buffer.from(join(lower, 's/')), Buffer.from([0xff, 0xfe])]),
          'x',
        );
        writeFileSync(join(lower, 's/suid'), 'x');
        chownSync(join(lower, 's/suid'), 7, 8);
        chmodSync(join(lower, 's/suid'), 0o6755);
        linkSync(join(lower, 's/suid'), join(lower, 's/twin'));
        bench.native.lsetxattr(join(lower, 's/suid'), 'user.a', Buffer.from('b'));
        truncateSync(join(lower, 's/twin'), 100_000);
      });
      const server = createServer().listen(join(c.lower, 's/socket'));
      await new Promise((done) => server.once('listening', done));
      const { archive } = await bench.files.pack(
        c.stopped,
        { path: '/s', followLink: false },
        { signal },
      );
      const members = collect(await gather(archive));
      server.close();
      expect(members.map(({ entry }) => `${entry.path.toString('latin1')} ${entry.type}`)).toEqual([
        's/ directory',
        's/fifo fifo',
        's/null character',
        's/suid file',
        's/twin hardlink',
        's/\xff\xfe file',
      ]);
      expect(members[3]?.entry).toMatchObject({ uid: 7, gid: 8, mode: 0o6755, size: 100_000 });
      expect(members[3]?.entry.xattrs.get('user.a')?.toString()).toBe('b');
    });

    test('a slow reader holds the thread back, leaving ends it', async () => {
      const c = bench.container((lower) => {
        writeFileSync(join(lower, 'big'), '');
        truncateSync(join(lower, 'big'), 2 ** 33);
      });
      const before = process.memoryUsage.rss();
      const { archive } = await bench.files.pack(
        c.stopped,
        { path: '/big', followLink: false },
        { signal },
      );
      let bytes = 0;
      for await (const chunk of archive) {
        await new Promise((done) => setTimeout(done, 20));
        if ((bytes += chunk.length) > 10 << 20) break;
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(150 << 20);
    });

    test('an abort ends it at once, also when nobody reads', async () => {
      const c = bench.container((lower) => {
        writeFileSync(join(lower, 'big'), '');
        truncateSync(join(lower, 'big'), 2 ** 33);
      });
      const abort = new AbortController();
      const { archive } = await bench.files.pack(
        c.stopped,
        { path: '/big', followLink: false },
        { signal: abort.signal },
      );
      abort.abort(new RangeError('enough'));
      await expect(gather(archive)).rejects.toThrow('enough');
      await expect(bench.files.stat(c.stopped, '/', { signal: abort.signal })).rejects.toThrow(
        'enough',
      );
    });
  });

  describe('packRoot', () => {
    test('is the merged root without what is mounted on it, the same bytes each time', async () => {
      const c = withLinks();
      mkdirSync(join(c.upper, 'added'));
      execFileSync('mknod', [join(c.upper, 'dangling'), 'c', '0', '0']);
      const view = { ...c.stopped, mounts: [mountOf({ source: '/proc', target: '/d' })] };
      const bytes = await gather(bench.files.packRoot(view, { signal }));
      expect(collect(bytes).map(({ entry }) => entry.path.toString())).toEqual([
        'added/',
        'd/',
        'd/e/',
        'd/f',
        'etc/',
        'etc/passwd',
        'link',
        'loop',
        'up',
      ]);
      expect((await gather(bench.files.packRoot(view, { signal }))).equals(bytes)).toBe(true);
      const { view: running } = await c.run();
      expect((await gather(bench.files.packRoot(running, { signal }))).equals(bytes)).toBe(true);
    });
  });

  test('nothing stays mounted on the host, no descriptor stays open, however a thread ended', async () => {
    const c = bench.container((lower) => {
      mkdirSync(join(lower, 'd/e'), { recursive: true });
      writeFileSync(join(lower, 'd/e/big'), '');
      truncateSync(join(lower, 'd/e/big'), 2 ** 33);
    });
    const open = () => readdirSync('/proc/self/fd').length;
    await stat('/', c.stopped);
    const before = open();
    for (let at = 0; at < 8; at++) {
      await stat('/', c.stopped);
      const abort = new AbortController();
      const request = { path: '/d', followLink: false };
      const { archive } = await bench.files.pack(c.stopped, request, { signal: abort.signal });
      setTimeout(() => abort.abort(new RangeError('enough')), 5 * at);
      await expect(gather(archive)).rejects.toThrow('enough');
    }
    expect(open()).toBe(before);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bench.dir);
  });
});
