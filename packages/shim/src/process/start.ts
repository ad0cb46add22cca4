import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeCommand, TerminalSize } from '@wharf/api/shim';
import { WharfError } from '@wharf/core';
import { readProcessStat } from '@wharf/linux/native';
import type { Host } from '../host.js';
import type { Input } from '../io/input.js';
import type { Output } from '../io/output.js';
import { openStdio, type Stdio, type StdioSpec } from '../io/stdio.js';
import { callRuntime } from '../runtime/call.js';
import { classifyStartFailure, startFailureError } from '../runtime/classify.js';
import type { Ended } from './reaper.js';

export interface ProcessSpec {
  readonly runtime: RuntimeCommand;
  /** The command line after the global arguments, its sub-command first. */
  readonly subcommand: string;
  readonly options: readonly string[];
  /** The container's id. */
  readonly target: string;
  /** What is executed, for messages. */
  readonly command: string;
  readonly stdio: StdioSpec;
  readonly size: TerminalSize | undefined;
  readonly output: Output;
  readonly input: Input | undefined;
  /** See `RuntimeCall`. */
  readonly interruptible?: (kill: () => void) => void;
}

export interface StartedProcess {
  readonly pid: number;
  readonly startTicks: bigint;
  /** Resolves when it has ended, whoever its parent was. */
  readonly ended: Promise<Ended>;
  /** Its terminal, open until its output has ended. */
  readonly terminal: number | undefined;
}

/**
 * Lets the runtime start a process in the background and adopts it.
 * @throws failed-precondition with facts.exitCode when the runtime refuses; whatever `callRuntime` throws
 */
export async function startProcess(host: Host, spec: ProcessSpec): Promise<StartedProcess> {
  const pidFile = join(host.bundle, `pid.${crypto.randomUUID()}`);
  // It may end before we know its pid; its status must wait for us.
  const release = host.reaper.hold();
  try {
    const stdio = openStdio(host, spec.stdio);
    await runRuntime(host, spec, stdio, pidFile);
    const pid = readPid(pidFile);
    const startTicks = readProcessStat(pid)?.startTicks ?? 0n;
    const ended = host.reaper.wait(pid);
    const terminal = stdio.connect(spec.output, spec.input);
    if (terminal !== undefined) resize(host, terminal, spec.size);
    return { pid, startTicks, ended, terminal };
  } finally {
    release();
    remove(pidFile);
  }
}

async function runRuntime(
  host: Host,
  spec: ProcessSpec,
  stdio: Stdio,
  pidFile: string,
): Promise<void> {
  const detach = ['--detach', '--pid-file', pidFile, ...stdio.args];
  const args = [spec.subcommand, ...detach, ...spec.options, spec.target];
  const { runtime, interruptible } = spec;
  const call = { runtime, args, stdio: stdio.child, ...(interruptible && { interruptible }) };
  const result = await callRuntime(host, call).catch((error: unknown) => {
    stdio.abandon();
    throw error;
  });
  if (result.exitCode === 0) return;
  const said = stdio.abandon();
  const error = result.error === '' ? said : result.error;
  throw startFailureError(classifyStartFailure(error, spec.command));
}

function readPid(path: string): number {
  const text = readOptional(path);
  const pid = /^\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  if (pid > 1) return pid;
  throw new WharfError('unavailable', 'the runtime says that it succeeded, but left no pid');
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** TIOCSWINSZ; nothing for no size. */
export function resize(host: Host, terminal: number, size: TerminalSize | undefined): void {
  if (size === undefined || size.rows === 0 || size.columns === 0) return;
  host.native.setWindowSize(terminal, Math.min(size.rows, 65535), Math.min(size.columns, 65535));
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The runtime did not come that far.
  }
}
