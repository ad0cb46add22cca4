import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, type Native } from '@wharf/linux/native';
import { proveDead } from './death.js';

const bootId = 'this-boot';
const gone = { pid: 0x7fff_fffe, startTicks: 1n, bootId };

function nativeWith(waitpid: Native['waitpid']): Native {
  return { waitpid } as unknown as Native;
}

test('a child whose first thread ended before its others is reaped when all have ended', async () => {
  const answers = [null, null, { code: 0 } as unknown as ReturnType<Native['waitpid']>];
  const asked: number[] = [];
  const native = nativeWith((pid) => {
    asked.push(pid);
    return answers.shift() ?? null;
  });
  expect(await proveDead(gone, { native, bootId })).toBe(true);
  expect(asked).toEqual([gone.pid, gone.pid, gone.pid]);
});

test('a process that is no child of ours is proved dead all the same', async () => {
  const native = nativeWith(() => {
    throw Object.assign(new Error('no child'), { code: 'ECHILD' });
  });
  expect(await proveDead(gone, { native, bootId })).toBe(true);
});

test('a process that lives is not declared dead, and dies of nothing', async () => {
  const child = spawn('sleep', ['100']);
  const identity = identifyProcess(child.pid ?? 0, bootId) ?? gone;
  const native = nativeWith(() => null);
  expect(await proveDead(identity, { native, bootId }, 30)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(
    await proveDead(identity, {
      native: nativeWith(() => {
        throw gone;
      }),
      bootId,
    }),
  ).toBe(true);
});
