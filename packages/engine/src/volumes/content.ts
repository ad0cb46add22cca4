import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { hold, usersOf, volumePaths, type VolumeContext } from './context.js';
import { contentLock, finishSealing, layerPath, workPath } from './layers.js';
import { isLocal, mountPlugin, unmountPlugin } from './plugins.js';
import { parseLocalOptions } from './local-options.js';
import type { VolumeRecord } from './records.js';

/** Whether its content is there only while something is mounted at `_data`. */
export function needsMount({ stack, options, driver }: VolumeRecord): boolean {
  return driver === 'local' && (stack !== undefined || Object.hasOwn(options, 'device'));
}

/** Mounts what the volume is made of, unless it is mounted. The caller holds its lock. */
export async function mountContent(
  context: VolumeContext,
  name: string,
  { signal }: CallOptions,
): Promise<void> {
  const record = context.records.get(name);
  if (!needsMount(record)) return;
  const { data } = volumePaths(context, name);
  if (context.port.isMounted(data)) return;
  if (record.stack !== undefined) {
    await finishSealing(context, record);
    await mkdir(data, { recursive: true, mode: 0o755 });
    const { lower, upper } = record.stack;
    const at = (layer: string): string => layerPath(context, layer);
    const work = workPath(context, upper);
    await mkdir(work, { recursive: true, mode: 0o700 });
    context.port.mountStack(data, { lower: lower.map(at), upper: at(upper), work });
    return;
  }
  const { mount } = parseLocalOptions(record.options);
  if (mount !== undefined) await context.port.mountLocal(data, mount, { signal });
}

/** Unmounts it when nobody is left who uses it. The caller holds its lock. */
export function unmountContent(context: VolumeContext, name: string, leaving = ''): void {
  const record = context.records.find(name);
  if (record === undefined || !needsMount(record) || context.held.has(name)) return;
  const used = usersOf(context, name).some(({ id, active }) => active && id !== leaving);
  if (!used) context.port.unmount(volumePaths(context, name).data);
}

/** Keeps the content mounted and the volume from removal, until it is disposed of. */
export async function openContent(
  context: VolumeContext,
  name: string,
  { signal }: CallOptions,
): Promise<{ readonly path: string } & AsyncDisposable> {
  const record = context.records.get(name);
  const id = `content-${randomUUID()}`;
  const held = hold(context, name);
  const leave = async (): Promise<void> => {
    held[Symbol.dispose]();
    const limited = AbortSignal.timeout(60_000);
    await using _ = await context.locks.acquire(contentLock(name), { signal: limited });
    if (isLocal(record)) unmountContent(context, name);
    else await unmountPlugin(context, name, id, { signal: limited });
  };
  try {
    await using _ = await context.locks.acquire(contentLock(name), { signal });
    if (!isLocal(record)) {
      const path = await mountPlugin(context, name, id, { signal });
      return { path, [Symbol.asyncDispose]: leave };
    }
    await mountContent(context, name, { signal });
    return { path: volumePaths(context, name).data, [Symbol.asyncDispose]: leave };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** The content as a directory, for as long as the work takes. */
export async function withContent<T>(
  context: VolumeContext,
  name: string,
  options: CallOptions,
  work: (path: string) => Promise<T>,
): Promise<T> {
  await using content = await openContent(context, name, options);
  return await work(content.path);
}
