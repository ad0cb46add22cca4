import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaks, run, startDaemon } from '@wharf/testing';
import { contextOf, lines } from '../support/build-context.js';
import { buildRemains, noRemains } from '../support/build-remains.js';
import { noise } from '../support/noise.js';
import { file, tar } from '../support/tar.js';

const mebibyte = 1 << 20;
const within = { timeout: 20_000 };

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  expect(`${code} ${stderr}`, `${command} ${args.join(' ')}`).toMatch(/^0 /);
}

const write = (name: string): string => `dd if=/dev/urandom of=/${name} bs=1M count=8 2>/dev/null`;
const dockerfiles: Readonly<Record<string, string>> = {
  'a step': lines('FROM busybox', 'RUN echo first >/first', `RUN ${write('x')}`),
  'a copy': lines('FROM busybox', 'RUN echo first >/first', 'COPY large /x'),
  'an archive': lines('FROM busybox', 'RUN echo first >/first', 'ADD large.tar /x'),
  'a mount of the context': lines(
    'FROM busybox',
    'RUN echo first >/first',
    'RUN --mount=target=/c wc -c /c/large && cp /c/large /x',
  ),
  'a cache': lines(
    'FROM busybox',
    'RUN echo first >/first',
    'RUN --mount=type=cache,target=/c cp /bin/busybox /c/ && dd if=/dev/urandom of=/c/x bs=1M count=8 && cp /c/x /x',
  ),
};

/** Mebibytes that are free for a build whose context alone has 8, or none. */
const roomFor: Readonly<Record<string, number>> = {
  'a step': 4,
  'a copy': 12,
  'an archive': 12,
  'a mount of the context': 12,
  'a cache': 4,
};

/** The others end in the same writers. */
const chosen =
  process.env['WHARF_BUILD_DISK'] === 'all'
    ? [...Object.keys(dockerfiles), 'the context']
    : ['a step', 'a copy', 'the context'];

test.each(chosen)(
  'a build for which the disk has too little room, in %s, records nothing of it and goes on when there is some',
  { timeout: 120_000 },
  async (what) => {
    const large = noise('large', 8 * mebibyte);
    const context = await contextOf({
      Dockerfile: dockerfiles[what] ?? dockerfiles['a copy'] ?? '',
      ...(what === 'a step' || what === 'a cache'
        ? {}
        : what === 'an archive'
          ? { 'large.tar': tar(file('large', large)) }
          : { large }),
    });
    await using daemon = await startDaemon();
    await daemon.stop();
    const small = join(daemon.root, 'small');
    await mkdir(small);
    await must('mount', '-t', 'tmpfs', '-o', 'size=128m', 'small', small);
    const { execRoot, cgroupParent } = daemon;
    const places = { dataRoot: small, execRoot, cgroupParent };
    const free = async (): Promise<number> => {
      const { bavail, bsize } = await statfs(small);
      return bavail * bsize;
    };
    const build = () =>
      daemon.wharf(['build', '--progress', 'plain', '-t', 'made', context], { timeout: 60_000 });
    try {
      await daemon.start(['--data-root', small]);
      expect(await daemon.wharf(['image', 'bootstrap', 'busybox'])).toMatchObject({ code: 0 });
      const room = (what === 'the context' ? 4 : (roomFor[what] ?? 0)) * mebibyte;
      const filler = join(small, 'filler');
      await writeFile(filler, Buffer.alloc((await free()) - room, 1));
      const { code, stderr } = await build();
      expect(code, stderr).toBe(1);
      expect(stderr).toContain(`no space left on the file system at ${small}`);
      expect(stderr).not.toMatch(/bug of wharf|data-loss/);
      await expect.poll(() => buildRemains(places), within).toEqual(noRemains);
      expect((await daemon.wharf(['images', '-q', 'made'])).stdout).toBe('');
      expect((await build()).code).toBe(1);

      await rm(filler);
      const again = await build();
      expect(again.code, again.stderr).toBe(0);
      if (what !== 'the context')
        expect(again.stderr).toMatch(/RUN echo first >\/first\n#\d+ CACHED/);
      const args = ['run', '--rm', '--network', 'none', 'made', 'sh', '-c'];
      const { stdout } = await daemon.wharf([...args, 'cat /x /x/large 2>/dev/null | wc -c']);
      expect(stdout.trim()).toBe(String(8 * mebibyte));
      await daemon.stop();
    } finally {
      await daemon.kill9();
      await must('umount', small);
    }
    await leaks(daemon.scope);
  },
);
