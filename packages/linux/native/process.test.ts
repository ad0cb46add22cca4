import { expect, test } from 'vitest';
import { buildAndLoad, ended, inOwnProcess, temporaryFolder } from './fixture.js';

const native = buildAndLoad();

test('waitpid is null while a child runs, then tells its code or signal, then ECHILD', async () => {
  const base = { env: [], cwd: '/' };
  const coded = native.spawnDetached({ ...base, file: '/bin/sh', argv: ['sh', '-c', 'exit 7'] });
  expect(await ended(native, coded)).toEqual({ pid: coded, code: 7, signal: undefined });
  const killed = native.spawnDetached({ ...base, file: '/bin/sleep', argv: ['sleep', '60'] });
  expect(native.waitpid(killed)).toBeNull();
  process.kill(killed, 'SIGKILL');
  expect(await ended(native, killed)).toEqual({ pid: killed, code: undefined, signal: 9 });
  expect(() => native.waitpid(killed)).toThrow(expect.objectContaining({ code: 'ECHILD' }));
});

test('a pidfd sends signals to the process it was opened for', async () => {
  const options = { file: '/bin/sleep', argv: ['sleep', '60'], env: [], cwd: '/' };
  const pid = native.spawnDetached(options);
  const pidfd = native.pidfdOpen(pid);
  native.pidfdSendSignal(pidfd, 15);
  expect((await ended(native, pid)).signal).toBe(15);
  expect(() => native.pidfdSendSignal(pidfd, 15)).toThrow(
    expect.objectContaining({ code: 'ESRCH' }),
  );
  native.close(pidfd);
  expect(() => native.pidfdOpen(pid)).toThrow(expect.objectContaining({ code: 'ESRCH' }));
});

test('prctl sets and reads flags of the process, and refuses unknown options', () => {
  const seen = inOwnProcess('/', ({ native, c, fs, codeOf }) => {
    native.prctl(c.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    native.prctl(c.PR_SET_DUMPABLE, 0, 0, 0, 0);
    native.prctl(c.PR_SET_PDEATHSIG, 9, 0, 0, 0);
    return {
      flag: native.prctl(c.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
      dumpable: native.prctl(c.PR_GET_DUMPABLE, 0, 0, 0, 0),
      status: /NoNewPrivs:\s+(\d)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1],
      unknown: codeOf(() => native.prctl(0x7fffffff, 0, 0, 0, 0)),
    };
  });
  expect(seen).toEqual({ flag: 1, dumpable: 0, status: '1', unknown: 'EINVAL' });
});

test('a child subreaper inherits orphans and can wait for them', () => {
  using dir = temporaryFolder();
  const seen = inOwnProcess(dir.path, async ({ native, c, dir, fs }) => {
    native.prctl(c.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    const script = `(sleep 0.2; exit 3) & echo $! > ${dir}/orphan`;
    const base = { file: '/bin/sh', env: ['PATH=/usr/bin:/bin'], cwd: '/' };
    const parent = native.spawnDetached({ ...base, argv: ['sh', '-c', script] });
    const wait = async (pid: number): Promise<unknown> => {
      for (;;) {
        const status = native.waitpid(pid);
        if (status !== null) return status.code;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const first = await wait(parent);
    return [first, await wait(Number(fs.readFileSync(`${dir}/orphan`, 'utf8')))];
  });
  expect(seen).toEqual([0, 3]);
});

test('setrlimit sets soft and hard limits, "unlimited" included', () => {
  const seen = inOwnProcess('/', ({ native, fs, codeOf }) => {
    native.setrlimit(7, 100n, 200n);
    native.setrlimit(4, 0n, 0xffff_ffff_ffff_ffffn);
    const limits = fs.readFileSync('/proc/self/limits', 'utf8');
    return {
      files: /Max open files\s+(\d+)\s+(\d+)/.exec(limits)?.slice(1),
      core: /Max core file size\s+(\S+)\s+(\S+)/.exec(limits)?.slice(1),
      crossed: codeOf(() => native.setrlimit(7, 3n, 2n)),
      negative: codeOf(() => native.setrlimit(7, -1n, 2n)),
    };
  });
  expect(seen).toEqual({
    files: ['100', '200'],
    core: ['0', 'unlimited'],
    crossed: 'EINVAL',
    negative: 'EINVAL',
  });
});
