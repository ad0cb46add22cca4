import { setTimeout as sleep } from 'node:timers/promises';
import { cpus } from 'node:os';
import { readFile } from 'node:fs/promises';
import type { CallOptions, ContainerStats } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';

const intervalMs = 1000;
const nanosPerTick = 10_000_000n;

/** A sample a second of the named containers, or of all that run. Containers that ended are left out. */
export async function* containerStats(
  context: ContainerContext,
  refs: readonly string[],
  { signal, once = false }: CallOptions & { readonly once?: boolean },
): AsyncIterable<readonly ContainerStats[]> {
  const named = refs.map((ref) => context.records.lookup(ref).id);
  while (!signal.aborted) {
    const chosen = context.records.all().filter((record) => {
      if (named.length > 0) return named.includes(record.id);
      return record.state.status === 'running' || record.state.status === 'paused';
    });
    const systemCpuNanos = await systemCpu();
    const samples = await Promise.all(
      chosen.map((record) => sample(context, record, systemCpuNanos, signal)),
    );
    yield samples;
    if (once) return;
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

const zero = {
  cpuUsageNanos: 0n,
  memoryUsage: 0n,
  memoryLimit: 0n,
  pids: 0n,
  blockRead: 0n,
  blockWrite: 0n,
  networkReceive: 0n,
  networkTransmit: 0n,
};

async function sample(
  context: ContainerContext,
  { id, name }: ContainerRecord,
  systemCpuNanos: bigint,
  signal: AbortSignal,
): Promise<ContainerStats> {
  const task = context.tasks.find(id);
  const now = task === undefined ? zero : await task.stats({ signal }).catch(() => zero);
  const memoryLimit = now.memoryLimit > 0n ? now.memoryLimit : BigInt(context.host.facts.memory);
  return {
    id,
    name,
    time: new Date(),
    systemCpuNanos,
    onlineCpus: cpus().length,
    ...now,
    memoryLimit,
  };
}

/** Nanoseconds that all processors worked or idled since boot (proc(5), /proc/stat). */
async function systemCpu(): Promise<bigint> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const ticks = first
    .split(' ')
    .filter((word) => word !== '' && word !== 'cpu')
    .slice(0, 8);
  return ticks.reduce((sum, word) => sum + BigInt(word), 0n) * nanosPerTick;
}
