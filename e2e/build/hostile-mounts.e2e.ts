import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { buildOutput, contextOf, lines } from '../support/build-context.js';
import { unfollowed } from '../support/canary.js';

const engine = useEngine();
const { cli, ok, run } = engine;

let canary: TempDir;
beforeAll(async () => {
  canary = await tempDir('canary-');
  await writeFile(join(canary.path, 'file'), 'secret of the host');
});
afterAll(() => canary.remove());

async function told(...steps: string[]): Promise<string> {
  const context = await contextOf({ Dockerfile: lines(...steps), f: 'f' });
  const { stderr } = await cli(['build', '--progress', 'plain', '-t', 'made', context]);
  expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
  return stderr;
}

describe('a cache', () => {
  test.each(['../../x', '/etc', '..', '.', 'a/b', `${'x'.repeat(5000)}`, 'é\u202e', '-rf'])(
    'has any name without a place by it: %s',
    async (id) => {
      await unfollowed(canary.path, () =>
        told('FROM busybox', `RUN --mount=type=cache,id=${id},target=/c touch /c/x`),
      );
      const ids = await ok(['builder', 'cache-mount', 'ls', '--format', '{{json .}}']);
      expect(ids.length).toBeGreaterThan(0);
      const again = await told(
        'FROM busybox',
        `RUN --mount=type=cache,id=${id},target=/c ls -A /c; echo ${Math.random()}`,
      );
      expect(buildOutput(again)).toMatch(/^x$/m);
    },
  );

  test('whose name has too much or no text is refused or hashed, never a place', async () => {
    const huge = 'y'.repeat(1 << 19);
    const text = await told(
      'FROM busybox',
      `RUN --mount=type=cache,id=${huge},target=/c touch /c/x`,
    );
    expect(text.length).toBeLessThan(1 << 21);
  });

  test(
    'is not left by links in it, whoever swaps them meanwhile',
    { timeout: 60_000 },
    async () => {
      const swap = `cd /c; mkdir -p a; end=$(($(date +%s) + 6));
      while [ $(date +%s) -lt $end ]; do ln -sfn ${canary.path} link; rm -rf link; mkdir link; rmdir link; done`;
      const context = await contextOf({
        Dockerfile: lines(
          'FROM busybox AS swapper',
          `RUN --mount=type=cache,id=swapped,target=/c ${swap.replaceAll('\n', ' ')}`,
          'FROM busybox AS user',
          'RUN true',
          'ARG N',
          'RUN --mount=type=cache,id=swapped,source=link,target=/l echo $N; cat /l/file; echo evil >/l/evil; true',
        ),
      });
      await unfollowed(canary.path, async () => {
        const build = (...more: string[]) =>
          cli(['build', '--progress', 'plain', ...more, context], { timeout: 50_000 });
        const swapper = build('--target', 'swapper');
        let over = false;
        void swapper.finally(() => (over = true));
        let count = 0;
        for (; !over; count++) {
          const { stderr } = await build('--target', 'user', '--build-arg', `N=${count}`);
          expect(buildOutput(stderr)).not.toContain('secret of the host');
          expect(stderr).not.toMatch(/bug of wharf/);
        }
        expect(count).toBeGreaterThan(1);
        expect(await swapper).toMatchObject({ code: 0 });
      });
    },
  );
});

describe('the place of a mount', () => {
  const secret = ['--secret', 'id=s,env=WHARF_TEST_SECRET'];
  const build = async (...steps: string[]) => {
    const context = await contextOf({ Dockerfile: lines(...steps), f: 'f' });
    const env = { WHARF_TEST_SECRET: 'value' };
    return cli(['build', '--progress', 'plain', '-t', 'made', ...secret, context], { env });
  };

  test.each([
    `rm -rf /p/a && ln -s ${'/canary'} /p/a`,
    `mv /p /q && ln -s ${'/canary'} /p`,
    `umount /p/a/b; rm -rf /p; ln -s ../../../../../../canary /p`,
  ])('that its step replaces by a link leads nowhere: %s', async (script) => {
    const away = script.replaceAll('/canary', canary.path);
    await unfollowed(canary.path, () =>
      build(
        'FROM busybox',
        `RUN --mount=type=tmpfs,target=/p/a/file --mount=type=cache,target=/p/a/b --mount=target=/p/a/c ${away}; true`,
        'RUN ls -R /p; true',
      ),
    );
  });

  test('is not there afterwards, nor what was in it', async () => {
    const { code, stderr } = await build(
      'FROM busybox',
      'RUN --mount=type=secret,id=s,target=/new/deep/s --mount=type=tmpfs,target=/t/t --mount=target=/ctx/c true',
    );
    expect(code, stderr).toBe(0);
    const { stdout } = await run([
      'made',
      'sh',
      '-c',
      'ls -d /new /t /ctx /run/secrets 2>/dev/null',
    ]);
    expect(stdout).toBe('');
  });

  test.each([
    [`RUN ln -s ${'/canary'} /l`, '/l/x'],
    ['RUN ln -s ../../../../../../../.. /l', '/l/etc'],
    ['RUN ln -s /proc/self/root /l', '/l/x'],
    ['RUN ln -s /proc/1/cwd /l', '/l'],
  ])('behind a link is in the root: %s', async (made, target) => {
    await unfollowed(canary.path, async () => {
      const { stderr } = await build(
        'FROM busybox',
        made.replace('/canary', canary.path),
        `RUN --mount=type=cache,target=${target} --mount=type=secret,id=s,target=${target}/file echo x >${target}/evil; cat ${target}/file; true`,
      );
      expect(buildOutput(stderr)).not.toContain('secret of the host');
      expect(stderr).not.toMatch(/bug of wharf/);
    });
  });

  test.each([
    '/',
    '/proc',
    '/proc/self',
    '/sys',
    '/dev',
    '/dev/pts',
    '/../..',
    'relative/../../..',
  ])('cannot be %s of the host', async (target) => {
    const { stderr } = await build(
      'FROM busybox',
      `RUN --mount=type=tmpfs,target=${target} cat ${canary.path}/file; ls /proc/1/root${canary.path}; true`,
    );
    expect(buildOutput(stderr)).not.toContain('secret of the host');
    expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
  });
});
