import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  canRun,
  cgroupsOf,
  collect,
  hasRuntime,
  never,
  openTestbed,
  readLog,
  watchUntil,
  type Testbed,
} from './testbed.js';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });

const call = { signal: never };
const out = { stdin: false, stdout: true, stderr: true };

describe.skipIf(!canRun).each(['crun', 'runc'])('a shim with %s', (name) => {
  const runtime = hasRuntime(name);
  let bed: Testbed;
  beforeAll(async () => {
    if (runtime !== undefined) bed = await openTestbed(runtime);
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
  });
  const it = test.skipIf(runtime === undefined);

  it('runs a process, streams and logs its output, records its exit, and leaves nothing', async () => {
    const { spec, task } = await bed.create('echo out; echo err >&2; exit 7');
    const streams = await task.attach('', out, call);
    const output = collect(streams);
    const started = await task.start(call);
    expect(started.process.pid).toBeGreaterThan(1);
    expect(await output).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    const entries = await watchUntil(task, (entry) => entry.what.kind === 'exited');
    expect(entries.map((entry) => entry.what)).toEqual([
      { kind: 'started', process: started.process, restartCount: 0 },
      { kind: 'exited', exitCode: 7, oomKilled: false, error: '' },
    ]);
    expect(
      readLog(spec)
        .map(({ log, stream }) => [log, stream])
        .sort(),
    ).toEqual([
      ['err\n', 'stderr'],
      ['out\n', 'stdout'],
    ]);
    expect((await task.state(call)).status).toBe('stopped');
    await task.remove(call);
    expect(bed.port.isAlive(task.shim)).toBe(false);
    expect(existsSync(spec.bundle)).toBe(false);
    expect(cgroupsOf(spec)).toEqual([]);
    expect((await task.closed).shimDead).toBe(true);
    expect(await bed.port.readJournal(spec.journalPath, 1n)).toHaveLength(1);
  });

  it('a command that cannot be executed fails the start with 127 or 126 and Docker’s words', async () => {
    const cases = [
      [['nope'], '127', 'exec: "nope": executable file not found in $PATH'],
      [['/nope'], '127', 'exec: "/nope": stat /nope: no such file or directory'],
      [['/etc/passwd'], '126', 'exec: "/etc/passwd": permission denied'],
      [['/etc'], '126', 'exec: "/etc": permission denied'],
    ] as const;
    for (const [args, exitCode, words] of cases) {
      const { task } = await bed.create(args);
      const output = collect(await task.attach('', out, call));
      await expect(task.start(call)).rejects.toMatchObject({
        message: expect.stringContaining(words) as string,
        facts: { exitCode },
      });
      expect(await output).toEqual({ stdout: '', stderr: '' });
      expect((await task.state(call)).status).toBe('created');
      await task.remove(call);
    }
  });

  it('standard input reaches the process, and its half close too', async () => {
    const { task } = await bed.create('cat; echo end', { openStdin: true, stdinOnce: true });
    const streams = await task.attach('', { ...out, stdin: true }, call);
    await streams.write(Buffer.from('before '));
    await task.start(call);
    const output = collect(streams);
    await streams.write(Buffer.from('after\n'));
    await streams.closeStdin();
    expect((await output).stdout).toBe('before after\nend\n');
    await task.remove(call);
  });

  it('a client that leaves ends stdin when it is for one client only', async () => {
    const { task } = await bed.create('cat; exit 3', { openStdin: true, stdinOnce: true });
    const streams = await task.attach('', { ...out, stdin: true }, call);
    await task.start(call);
    await streams.close();
    const entries = await watchUntil(task, (entry) => entry.what.kind === 'exited');
    expect(entries.at(-1)?.what).toMatchObject({ exitCode: 3 });
    await task.remove(call);
  });

  it('gives a terminal with its size, resizes it, and several clients see the same', async () => {
    const script = 'sleep 0.05; stty size; read x; stty size; echo got $x';
    const { task } = await bed.create(script, { terminal: true, openStdin: true });
    const first = await task.attach('', { ...out, stdin: true }, call);
    const second = await task.attach('', out, call);
    const outputs = Promise.all([collect(first), collect(second)]);
    await task.resize('', 11, 33, call);
    await task.start(call);
    await sleep(200);
    await task.resize('', 22, 44, call);
    await first.write(Buffer.from('word\n'));
    const [one, two] = await outputs;
    expect(one.stdout).toBe('11 33\r\nword\r\n22 44\r\ngot word\r\n');
    expect(two).toEqual(one);
    await task.remove(call);
  });

  it('runs further processes: streams, user, environment, exit code, terminal', async () => {
    const { task } = await bed.create('sleep 100');
    await task.start(call);
    const exec = {
      env: [],
      user: '',
      workdir: '',
      terminal: false,
      openStdin: false,
      privileged: false,
      attach: true,
    };
    await task.exec(
      {
        ...exec,
        execId: 'a',
        args: ['sh', '-c', 'cat; id; echo $HOME $X; pwd >&2; exit 9'],
        env: ['X=1'],
        user: 'web',
        workdir: '/tmp',
        openStdin: true,
      },
      call,
    );
    const streams = await task.attach('a', { ...out, stdin: true }, call);
    const output = collect(streams);
    await streams.write(Buffer.from('in\n'));
    await streams.closeStdin();
    expect(await output).toEqual({
      stdout: 'in\nuid=1000(web) gid=1000(web) groups=50(staff),1000(web)\n/srv/web 1\n',
      stderr: '/tmp\n',
    });
    expect(await streams.exitCode).toBe(9);
    await task.exec(
      { ...exec, execId: 't', args: ['tty'], terminal: true, size: { rows: 5, columns: 6 } },
      call,
    );
    expect((await collect(await task.attach('t', out, call))).stdout).toBe('/dev/pts/0\r\n');
    await expect(task.exec({ ...exec, execId: 'n', args: ['nope'] }, call)).rejects.toMatchObject({
      facts: { exitCode: '127' },
    });
    await task.exec(
      { ...exec, execId: 'p', args: ['grep', 'CapBnd', '/proc/self/status'], privileged: true },
      call,
    );
    expect((await collect(await task.attach('p', out, call))).stdout).toBe(
      /CapBnd.*\n/.exec(readFileSync('/proc/self/status', 'latin1'))?.[0],
    );
    await task.exec({ ...exec, execId: 's', args: ['sleep', '100'], attach: false }, call);
    await task.kill(9, { ...call, execId: 's' });
    const entries = await watchUntil(
      task,
      (e) => e.what.kind === 'exec-exited' && e.what.execId === 's',
    );
    expect(entries.at(-1)?.what).toMatchObject({ exitCode: 137 });
    await task.remove(call);
  });

  it('the image’s user, its groups and home are used, missing directories are made inside the root', async () => {
    const ensure = [
      { path: '/srv/web/deep', directory: true },
      { path: '/etc/hosts', directory: false },
      { path: '/link/below', directory: true },
    ];
    const { task, spec } = await bed.create('id; echo $HOME; ls -d /srv/web/deep /etc/hosts', {
      user: 'web',
      groupAdd: ['7'],
      ensure,
    });
    const output = collect(await task.attach('', out, call));
    await task.start(call);
    expect((await output).stdout).toBe(
      'uid=1000(web) gid=1000(web) groups=7,50(staff),1000(web)\n/srv/web\n/etc/hosts\n/srv/web/deep\n',
    );
    await task.remove(call);
    const missing = bed.spec('true', { user: 'nobody-there' });
    const other = await bed.spawn(missing);
    await expect(other.create(missing, call)).rejects.toMatchObject({ code: 'invalid-argument' });
    await other.remove(call);
    expect(existsSync(spec.bundle)).toBe(false);
  });

  it('stop sends the stop signal, and SIGKILL after the grace period', async () => {
    const polite = await bed.create('trap "exit 5" TERM; while :; do sleep 0.05; done');
    await polite.task.start(call);
    await sleep(50);
    await polite.task.stop(call);
    expect((await bed.port.readJournal(polite.spec.journalPath, 0n)).at(-1)?.what).toMatchObject({
      exitCode: 5,
    });
    const deaf = await bed.create('sleep 100', {
      restart: { kind: 'always', maximumRetryCount: 0 },
    });
    await deaf.task.start(call);
    await deaf.task.stop({ ...call, timeoutSeconds: 0 });
    expect((await deaf.task.state(call)).status).toBe('stopped');
    expect((await bed.port.readJournal(deaf.spec.journalPath, 0n)).at(-1)?.what).toEqual({
      kind: 'exited',
      exitCode: 137,
      oomKilled: false,
      error: '',
    });
    await polite.task.remove(call);
    await deaf.task.remove(call);
  });

  it('pauses, resumes, kills while paused', async () => {
    const { task } = await bed.create('while :; do echo x; sleep 0.01; done');
    await task.start(call);
    await task.pause(call);
    expect((await task.state(call)).status).toBe('paused');
    await expect(task.pause(call)).rejects.toMatchObject({ code: 'failed-precondition' });
    await task.resume(call);
    expect((await task.state(call)).status).toBe('running');
    await task.pause(call);
    await task.kill(9, call);
    await watchUntil(task, (entry) => entry.what.kind === 'exited');
    await task.remove(call);
  });

  it('restarts by its policy with growing delays, and kill ends that', async () => {
    const { task } = await bed.create('exit 2', {
      restart: { kind: 'on-failure', maximumRetryCount: 2 },
    });
    await task.start(call);
    const entries = await watchUntil(
      task,
      (e) => e.what.kind === 'exited' && e.what.restartDelayMs === undefined,
    );
    expect(
      entries.map((e) => (e.what.kind === 'exited' ? e.what.restartDelayMs : e.what.kind)),
    ).toEqual(['started', 100, 'started', 200, 'started', undefined]);
    expect((await task.state(call)).restartCount).toBe(2);
    await task.remove(call);
    const other = await bed.create('sleep 100', {
      restart: { kind: 'always', maximumRetryCount: 0 },
    });
    const { process } = await other.task.start(call);
    globalThis.process.kill(process.pid, 'SIGKILL');
    await watchUntil(other.task, (e) => e.what.kind === 'started' && e.what.restartCount === 1);
    await other.task.kill(9, call);
    const ended = await watchUntil(other.task, (e) => e.sequence === 4n);
    expect(ended.at(-1)?.what).toEqual({
      kind: 'exited',
      exitCode: 137,
      oomKilled: false,
      error: '',
    });
    await other.task.remove(call);
  });

  it('probes health: starting, unhealthy after retries, healthy again', async () => {
    const { task } = await bed.create('sleep 100', {
      health: {
        args: ['sh', '-c', 'echo probing; test -e /tmp/ok'],
        intervalNanos: 50_000_000n,
        timeoutNanos: 5_000_000_000n,
        startPeriodNanos: 0n,
        startIntervalNanos: 0n,
        retries: 2,
      },
    });
    await task.start(call);
    const sick = await watchUntil(
      task,
      (e) => e.what.kind === 'health' && e.what.status === 'unhealthy',
    );
    expect(
      sick.map((e) =>
        e.what.kind === 'health'
          ? [e.what.status, e.what.failingStreak, e.what.output]
          : e.what.kind,
      ),
    ).toEqual(['started', ['starting', 1, 'probing\n'], ['unhealthy', 2, 'probing\n']]);
    await task.exec(
      {
        execId: 'ok',
        args: ['touch', '/tmp/ok'],
        env: [],
        user: '',
        workdir: '',
        terminal: false,
        openStdin: false,
        privileged: false,
        attach: false,
      },
      call,
    );
    await watchUntil(
      task,
      (e) => e.what.kind === 'health' && e.what.status === 'healthy',
      sick.at(-1)?.sequence,
    );
    await task.remove(call);
  });

  it('a probe that hangs is killed and counts as a failure', async () => {
    const { task } = await bed.create('sleep 100', {
      health: {
        args: ['sleep', '50'],
        intervalNanos: 20_000_000n,
        timeoutNanos: 200_000_000n,
        startPeriodNanos: 0n,
        startIntervalNanos: 0n,
        retries: 1,
      },
    });
    await task.start(call);
    const seen = await watchUntil(task, (e) => e.what.kind === 'health');
    expect(seen.at(-1)?.what).toMatchObject({
      status: 'unhealthy',
      exitCode: -1,
      output: 'Health check exceeded timeout (0.2s): ',
    });
    await task.remove(call);
  });

  it('says when the kernel killed for memory', async () => {
    const changes = { memory: 16 * 1024 * 1024 } as object;
    const { task } = await bed.create('x=a; while :; do x=$x$x$x; done', changes);
    await task.start(call);
    const entries = await watchUntil(task, (e) => e.what.kind === 'exited');
    expect(entries.map((e) => e.what.kind)).toEqual(['started', 'oom', 'exited']);
    expect(entries.at(-1)?.what).toMatchObject({ exitCode: 137, oomKilled: true });
    await task.remove(call);
  }, 30_000);

  it('a background process that keeps the pipe does not keep the end away', async () => {
    const { task } = await bed.create('sleep 100 & echo hi');
    const output = collect(await task.attach('', out, call));
    const before = performance.now();
    await task.start(call);
    expect(await output).toEqual({ stdout: 'hi\n', stderr: '' });
    expect(performance.now() - before).toBeLessThan(3000);
    await task.remove(call);
  });

  it('counts what the container uses', async () => {
    const { task } = await bed.create(
      'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 100',
    );
    await task.start(call);
    await sleep(300);
    const stats = await task.stats(call);
    expect(stats.cpuUsageNanos).toBeGreaterThan(1_000_000n);
    expect(stats.memoryUsage).toBeGreaterThan(0n);
    expect((await task.pids(call)).length).toBeGreaterThanOrEqual(1);
    await task.remove(call);
  });

  it('a reader that does not read holds the process back but no other call, and loses nothing', async () => {
    const bytes = 8 * 1024 * 1024;
    const { task } = await bed.create(`head -c ${bytes} /dev/zero; echo done >&2`, {
      log: { path: '', maxSize: 0, maxFiles: 1, compress: false, attributes: {} },
    });
    const streams = await task.attach('', out, call);
    await task.start(call);
    await sleep(500);
    expect((await task.state(call)).status).toBe('running');
    const { stdout, stderr } = await collect(streams);
    expect([stdout.length, stderr]).toEqual([bytes, 'done\n']);
    await task.remove(call);
  });

  it('a shim that is told to go first hands over the end of the output, to a slow reader too', async () => {
    for (const kilobytes of [200, 600, 900, 1200]) {
      const { task } = await bed.create(`head -c ${kilobytes}000 /dev/zero`);
      const streams = await task.attach('', out, call);
      await task.start(call);
      await sleep(200);
      const removal = task.remove(call);
      await sleep(150);
      expect((await collect(streams)).stdout).toHaveLength(kilobytes * 1000);
      await removal;
    }
  });

  it('a client that goes away without reading does not hold the process back', async () => {
    const { task, spec } = await bed.create('head -c 8388608 /dev/zero; echo done', {
      log: { path: '', maxSize: 0, maxFiles: 1, compress: false, attributes: {} },
    });
    const streams = await task.attach('', out, call);
    await task.start(call);
    await sleep(200);
    await streams.close();
    await watchUntil(task, (e) => e.what.kind === 'exited');
    await task.remove(call);
    expect(existsSync(spec.bundle)).toBe(false);
  });

  it('goes on without a daemon, and the next one finds it', async () => {
    const { task, spec } = await bed.create(
      'i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done',
    );
    const { process } = await task.start(call);
    task.disconnect();
    expect(await task.closed).toEqual({ shimDead: false });
    await sleep(200);
    const found = await bed.port.connect(spec.id, spec.bundle, task.shim, call);
    if (found.kind !== 'connected') throw new TypeError(found.kind);
    expect(found.state).toMatchObject({ status: 'running', process, lastSequence: 1n });
    expect(found.task.shim).toEqual(task.shim);
    await found.task.stop({ ...call, timeoutSeconds: 0 });
    const numbers = readLog(spec).map(({ log }) => Number(log));
    expect(numbers).toEqual(numbers.map((_n, i) => i + 1));
    expect(numbers.length).toBeGreaterThan(10);
    await found.task.remove(call);
    expect(await bed.port.connect(spec.id, spec.bundle, task.shim, call)).toEqual({ kind: 'gone' });
  });

  it('a shim that stands still is silent, not gone', async () => {
    const { task, spec } = await bed.create('sleep 100');
    await task.start(call);
    task.disconnect();
    process.kill(task.shim.pid, 'SIGSTOP');
    expect(await bed.port.connect(spec.id, spec.bundle, task.shim, call)).toEqual({
      kind: 'silent',
    });
    process.kill(task.shim.pid, 'SIGCONT');
    const found = await bed.port.connect(spec.id, spec.bundle, task.shim, call);
    expect(found.kind).toBe('connected');
    if (found.kind === 'connected') await found.task.remove(call);
  }, 20_000);

  it('signals do not end a shim; its violent death is proved, and cleanUp leaves nothing', async () => {
    const { task, spec } = await bed.create('sleep 100');
    const { process: init } = await task.start(call);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.kill(task.shim.pid, signal);
    await sleep(50);
    expect((await task.state(call)).status).toBe('running');
    process.kill(task.shim.pid, 'SIGKILL');
    expect(await task.closed).toEqual({ shimDead: true });
    await expect(task.state(call)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await bed.port.connect(spec.id, spec.bundle, task.shim, call)).toEqual({ kind: 'gone' });
    const remains = { ...call, bundle: spec.bundle, cgroupPath: spec.cgroupPath, runtime: '' };
    await bed.port.cleanUp(spec.id, remains);
    await bed.port.cleanUp(spec.id, remains);
    expect(bed.port.isAlive(init)).toBe(false);
    expect(existsSync(spec.bundle)).toBe(false);
    expect(cgroupsOf(spec)).toEqual([]);
    expect(readdirSync(`${bed.directory}/state`)).not.toContain(spec.id);
  });

  it('keeps its descriptors in number over many processes and attaches', async () => {
    const { task } = await bed.create('sleep 100', { openStdin: true });
    await task.start(call);
    const count = () => readdirSync(`/proc/${task.shim.pid}/fd`).length;
    const one = async (i: number) => {
      await task.exec(
        {
          execId: `x${i}`,
          args: ['cat'],
          env: [],
          user: '',
          workdir: '',
          terminal: false,
          openStdin: true,
          privileged: false,
          attach: true,
        },
        call,
      );
      const streams = await task.attach(`x${i}`, { ...out, stdin: true }, call);
      await streams.write(Buffer.from('x'));
      await streams.closeStdin();
      await collect(streams);
    };
    await one(0);
    await sleep(50);
    const before = count();
    for (let i = 1; i < 10; i++) await one(i);
    await sleep(700);
    expect(count()).toBeLessThanOrEqual(before + 2);
    await task.remove(call);
  });
});
