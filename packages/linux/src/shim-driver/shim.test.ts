import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
});
