import { test } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasRuntime, never, openTestbed, collect, watchUntil } from './testbed.js';
const call = { signal: never };
const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!.toFixed(1);
test.each(['crun', 'runc'])('%s', async (rt) => {
  await using bed = await openTestbed(hasRuntime(rt)!);
  const N = 50;
  const t = { spawn: [] as number[], create: [] as number[], start: [] as number[], all: [] as number[], remove: [] as number[], exec: [] as number[], runrm: [] as number[] };
  const made = [];
  for (let i = 0; i < N; i++) {
    const spec = bed.spec('sleep 1000');
    const t0 = performance.now();
    const task = await bed.spawn(spec); const t1 = performance.now();
    await task.create(spec, call); const t2 = performance.now();
    await task.start(call); const t3 = performance.now();
    t.spawn.push(t1 - t0); t.create.push(t2 - t1); t.start.push(t3 - t2); t.all.push(t3 - t0);
    made.push(task);
  }
  await sleep(3000);
  let pss = 0, priv = 0, thr = 0;
  for (const { shim } of made) {
    const s = readFileSync(`/proc/${shim.pid}/smaps_rollup`, 'latin1');
    const g = (k: string) => Number(new RegExp(`^${k}:\\s+(\\d+)`, 'm').exec(s)![1]);
    pss += g('Pss'); priv += g('Private_Dirty') + g('Private_Clean'); thr += readdirSync(`/proc/${shim.pid}/task`).length;
  }
  console.log(rt, 'pss kB', pss / N, 'private', priv / N, 'threads', thr / N);
  for (let i = 0; i < 20; i++) { const t0 = performance.now(); await made[0]!.exec({ execId: 'e' + i, args: ['true'], env: [], user: '', workdir: '', terminal: false, openStdin: false, privileged: false, attach: true }, call); const s = await made[0]!.attach('e' + i, { stdin: false, stdout: true, stderr: true }, call); await collect(s); t.exec.push(performance.now() - t0); }
  for (const task of made) { const t0 = performance.now(); await task.kill(9, call); await watchUntil(task, (e) => e.what.kind === 'exited'); await task.remove(call); t.remove.push(performance.now() - t0); }
  for (let i = 0; i < 20; i++) { const spec = bed.spec('true'); const t0 = performance.now(); const task = await bed.spawn(spec); await task.create(spec, call); const s = collect(await task.attach('', { stdin: false, stdout: true, stderr: true }, call)); await task.start(call); await s; await watchUntil(task, (e) => e.what.kind === 'exited'); await task.remove(call); t.runrm.push(performance.now() - t0); }
  console.log(rt, Object.entries(t).map(([k, v]) => k + ' ' + med(v)).join('  '));
}, 60000);
