import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { contextOf, lines } from '../support/build-context.js';
import { buildRemains, noRemains } from '../support/build-remains.js';
import type { Session } from '../support/session.js';
import { unhurried } from '../support/patience.js';

const engine = useEngine();

/** Steps that will not end by themselves, or not soon; each says when it is at work. */
const steps: Readonly<Record<string, string>> = {
  sleeps: 'echo begun; sleep 1000000000',
  'ignores signals': "trap '' TERM INT HUP; echo begun; while :; do sleep 1000; done",
  'forks without end': 'f() { f | f & }; echo begun; f; sleep 1000',
  'leaves daemons': 'for i in $(seq 50); do (setsid sleep 1000 &); done; echo begun; sleep 1000',
  'makes files without end': 'mkdir /m; echo begun; i=0; while :; do i=$((i+1)); : >/m/$i; done',
  'writes logs without end': 'echo begun; yes',
};

async function begun(step: string, ...flags: string[]): Promise<Session> {
  const context = await contextOf({ Dockerfile: lines('FROM busybox', `RUN ${step}`) });
  const args = ['build', '--progress', 'plain', '--no-cache', ...flags, context];
  const session = engine.start(args);
  await session.until(/^#\d+ \d+\.\d+ begun$/m, { in: 'stderr' });
  await sleep(200);
  return session;
}

/** Nothing of the build is there any more, in so many milliseconds from now. */
async function gone(withinMs: number): Promise<void> {
  const begin = performance.now();
  await expect
    .poll(() => buildRemains(engine.daemon), { timeout: 30_000, interval: 50 })
    .toEqual(noRemains);
  expect(performance.now() - begin).toBeLessThan(unhurried(withinMs));
}

describe('a build is stopped within two seconds, with all that it runs', () => {
  test.each(Object.entries(steps))('by Ctrl-C when its step %s', async (_, step) => {
    await using session = await begun(step);
    session.kill('SIGINT');
    const [code] = await Promise.all([session.ended(), gone(2000)]);
    expect(code).toBe(130);
    expect(session.stderr).toContain('cancelling the build');
  });

  test('by the death of its client', async () => {
    await using session = await begun(steps['leaves daemons'] ?? '');
    session.kill('SIGKILL');
    await gone(2000);
    expect(await session.ended()).toBe(137);
    await expect
      .poll(() => engine.ok(['builder', 'ls', '--format', '{{.Status}}']))
      .toMatch(/^Canceled/);
  });

  test('while its context is sent', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 2000 }, (_, n) => [`f${n}`, `${n}`.repeat(1000)] as const),
    );
    const context = await contextOf({ ...files, Dockerfile: 'FROM scratch\nCOPY . /\n' });
    await using session = engine.start(['build', '--progress', 'plain', context]);
    await session.until('send build context', { in: 'stderr' });
    session.kill('SIGKILL');
    await session.ended();
    await gone(2000);
  });

  test('and the others go on', async () => {
    const other = await contextOf({ Dockerfile: 'FROM busybox\nRUN sleep 2; echo other\n' });
    await using stopped = await begun('echo begun; sleep 1000');
    const going = engine.cli(['build', '--progress', 'plain', other]);
    await sleep(500);
    stopped.kill('SIGKILL');
    expect(await going).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('other') as string,
    });
  });
});

describe('a step has the limits that were asked for', () => {
  test('of memory: it is killed, and the daemon and other steps are not', async () => {
    const bomb = 'dd if=/dev/zero of=/dev/null bs=512M count=1';
    const dockerfile = lines('FROM busybox', `RUN ${bomb}`);
    const { code, stderr } = await engine.cli(['build', '-m', '32m', '-'], { stdin: dockerfile });
    expect(code).toBe(1);
    expect(stderr).toMatch(/137|memory/);
    expect((await engine.cli(['ping'])).code).toBe(0);
    await gone(2000);
  });

  test('of processes: a bomb of them fails in its own tree', async () => {
    const bomb = 'for i in $(seq 3000); do sleep 30 & done; true';
    const { code, stderr } = await engine.cli(['build', '-'], {
      stdin: lines('FROM busybox', `RUN ${bomb}`),
    });
    expect(stderr).toMatch(/can't fork/);
    expect(code).toBe(1);
    await gone(2000);
  });

  test('of open files', async () => {
    const dockerfile = lines('FROM busybox', 'RUN ulimit -n; ulimit -Hn');
    const flags = ['--progress', 'plain', '--ulimit', 'nofile=64:128'];
    const { stderr } = await engine.cli(['build', ...flags, '-'], { stdin: dockerfile });
    expect(stderr).toMatch(/ 64\n.* 128\n/);
  });
});

test('tens of thousands of files are a layer', { timeout: 120_000 }, async () => {
  const count = Number(process.env['WHARF_BUILD_FILES'] ?? '10000');
  const many = `awk 'BEGIN { for (i = 0; i < ${count}; i++) { f = "/m/" i % 100 "/" i; print i > f; close(f) } }'`;
  const make = `mkdir /m; cd /m; mkdir $(seq 0 99); ${many}`;
  const dockerfile = lines('FROM busybox', `RUN ${make}`, 'RUN find /m -type f | wc -l');
  const args = ['build', '--progress', 'plain', '-'];
  const { stderr } = await engine.cli(args, { stdin: dockerfile, timeout: 110_000 });
  expect(stderr).toContain(` ${count}\n`);
});
