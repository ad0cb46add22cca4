import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeCommand } from '@wharf/api/shim';
import { WharfError } from '@wharf/core';
import { within } from '../clock.js';
import type { Host } from '../host.js';
import { exitCodeOf } from '../process/reaper.js';

/** How long a runtime may take for one command. */
const runtimeTimeoutMs = 30_000;
const logLimit = 64 * 1024;

export interface RuntimeResult {
  readonly exitCode: number;
  /** The last error in the runtime's log; '' when it wrote none. */
  readonly error: string;
}

export interface RuntimeCall {
  readonly runtime: RuntimeCommand;
  readonly args: readonly string[];
  /** Descriptors 0, 1, 2; missing ones are /dev/null. */
  readonly stdio?: readonly (number | undefined)[];
  /** Is given what kills the command before its time is over. */
  readonly interruptible?: (kill: () => void) => void;
}

/**
 * Runs one command of the OCI runtime in a session of its own and waits for it. It has no descriptors but its
 * stdio, the directory of configurations, and a log file of its own.
 * @throws deadline-exceeded when it hangs (it is killed), unavailable when it cannot be executed
 */
export async function callRuntime(host: Host, call: RuntimeCall): Promise<RuntimeResult> {
  const log = join(host.bundle, `runtime.${crypto.randomUUID()}.log`);
  try {
    const pid = spawn(host, call, log);
    const ended = host.reaper.wait(pid);
    call.interruptible?.(() => killSession(pid));
    if (!(await within(host.clock, runtimeTimeoutMs, ended))) {
      killSession(pid);
      await ended;
      throw new WharfError(
        'deadline-exceeded',
        `the runtime ${call.runtime.path} did not finish "${call.args[0] ?? ''}" within ${runtimeTimeoutMs / 1000} s`,
      );
    }
    return { exitCode: exitCodeOf(await ended), error: lastError(log) };
  } finally {
    remove(log);
  }
}

function spawn(host: Host, call: RuntimeCall, log: string): number {
  const { runtime, args } = call;
  try {
    return host.native.spawnDetached({
      file: runtime.path,
      argv: [runtime.path, ...runtime.globalArgs, '--log', log, '--log-format', 'json', ...args],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: host.configs,
      stdio: [call.stdio?.[0], call.stdio?.[1], call.stdio?.[2]],
      // Ours must not be inherited by the container.
      oomScoreAdj: 0,
    });
  } catch (cause) {
    throw new WharfError('unavailable', `the runtime ${runtime.path} cannot be executed`, {
      cause,
    });
  }
}

function killSession(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

/** The message of the last record of level error in the first 64 KiB of a log of JSON lines. */
function lastError(path: string): string {
  const lines = readStart(path).split('\n').reverse();
  for (const line of lines) {
    const message = errorMessage(line);
    if (message !== undefined) return message;
  }
  return '';
}

function errorMessage(line: string): string | undefined {
  if (line === '') return undefined;
  try {
    const record = JSON.parse(line) as { level?: unknown; msg?: unknown };
    if (record.level !== 'error' && record.level !== 'fatal') return undefined;
    return typeof record.msg === 'string' ? record.msg.slice(0, 4096) : undefined;
  } catch {
    return undefined;
  }
}

function readStart(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(logLimit);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, logLimit, 0));
  } finally {
    closeSync(fd);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Never written.
  }
}
