import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { FailedPreconditionError, printable, type CallOptions } from '@wharf/core';
import type { LocalMount } from '@wharf/engine/ports';
import { MS_BIND, MS_RDONLY, MS_REMOUNT } from '../../native/constants.js';
import type { Native } from '../../native/types.js';
import { mountFlags } from './mount-flags.js';

/** File systems that answer at once; others may wait for a server or a disk. */
const near = new Set(['tmpfs', 'ramfs', 'none', '', 'bind', 'overlay']);
/** A server that does not answer. */
const longestMs = 60_000;

/**
 * Mounts what the options of a volume say, as mount(8) would without its helpers. `addr=NAME` becomes an address,
 * because the kernel looks no names up (nfs(5)).
 * @throws FailedPreconditionError in docker's words
 */
export async function mountLocal(
  native: Native,
  target: string,
  mount: LocalMount,
  { signal }: CallOptions,
): Promise<void> {
  const { type, device } = mount;
  const options = /^(?:nfs4?|cifs|smb3)$/.test(type)
    ? await withAddress(mount.options)
    : mount.options;
  const { flags, data } = mountFlags(options);
  try {
    if (!near.has(type) && (flags & MS_BIND) === 0) {
      await byProgram(target, { type, device, options }, signal);
      return;
    }
    native.mount(device, target, type, flags, data.length === 0 ? null : data.join(','));
    // A bind takes its other flags in a second call, mount(2).
    if ((flags & MS_BIND) !== 0 && (flags & ~MS_BIND & 0x1f) !== 0)
      native.mount(null, target, null, MS_REMOUNT | (flags & (MS_BIND | MS_RDONLY | 0x1f)), null);
  } catch (cause) {
    throw new FailedPreconditionError(
      `failed to mount local volume: mount ${printable(device)}:${target}, flags: 0x${flags.toString(16)}${data.length === 0 ? '' : `, data: ${printable(data.join(','))}`}: ${reason(cause)}`,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENODEV: 'no such device',
  EINVAL: 'invalid argument',
  EPERM: 'operation not permitted',
  ENOTBLK: 'block device required',
  ENOTDIR: 'not a directory',
};

function reason(cause: unknown): string {
  const { code } = cause as { code?: unknown };
  if (typeof code === 'string' && Object.hasOwn(reasons, code)) return reasons[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}

async function withAddress(options: readonly string[]): Promise<readonly string[]> {
  const at = options.findIndex((option) => option.startsWith('addr='));
  const name = options[at]?.slice('addr='.length) ?? '';
  if (name === '' || isIP(name) !== 0) return options;
  try {
    return options.with(at, `addr=${(await lookup(name)).address}`);
  } catch (cause) {
    throw new FailedPreconditionError(
      `error resolving passed in network volume address: lookup ${printable(name)}: no such host`,
      { cause },
    );
  }
}

/** In a process of its own: mount(2) of a server that is silent cannot be interrupted in ours. */
async function byProgram(
  target: string,
  { type, device, options }: LocalMount,
  signal: AbortSignal,
): Promise<void> {
  const args = ['-i', '-n', '-t', type];
  if (options.length > 0) args.push('-o', options.join(','));
  const child = spawn('/bin/mount', [...args, '--', device, target], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {},
    cwd: '/',
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 1000) said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  const line = printable(said.split('\n', 1)[0] ?? '');
  throw new FailedPreconditionError(line === '' ? 'the mount did not end in time' : line);
}
