import { open, readFile } from 'node:fs/promises';
import { UnavailableError, WharfError } from '@wharf/core';
import type { CallOptions, Command } from '../command.js';

const endTimeout = 30_000;
const startTimeout = 60_000;

/** A daemon that this run started. */
export interface Background {
  readonly pid: number;
  /** From before the fork to its first answer. */
  readonly readyMilliseconds: number;
  /** SIGTERM, then SIGKILL after 30 s; does nothing when it has ended. */
  stop(): Promise<void>;
}

export interface BackgroundOptions extends CallOptions {
  /** Its log, written to a file: nobody has to read along. */
  readonly logFile: string;
  /** Asks it something; false, or a rejection, when it does not answer yet. */
  readonly answers: (options: CallOptions) => Promise<boolean>;
}

/** Starts a daemon and waits until it answers. @throws `unavailable` with the end of its log */
export async function background(
  command: Command,
  { logFile, answers, signal }: BackgroundOptions,
): Promise<Background> {
  signal.throwIfAborted();
  await using log = await open(logFile, 'a');
  const before = performance.now();
  const child = Bun.spawn([...command.argv], {
    env: { ...command.env },
    stdin: 'ignore',
    stdout: log.fd,
    stderr: log.fd,
    // A group of its own: an interrupt from the keyboard is for this program, which then stops it in order.
    detached: true,
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), endTimeout);
    await child.exited;
    clearTimeout(timer);
  };
  try {
    while (!(await answers({ signal }).catch(() => false))) {
      signal.throwIfAborted();
      if (child.exitCode !== null) throw await notStarted(command, logFile);
      if (performance.now() - before > startTimeout) {
        throw new WharfError('deadline-exceeded', `${command.argv[0]} does not answer after 60 s`);
      }
      await Bun.sleep(1);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid, readyMilliseconds: performance.now() - before, stop };
}

async function notStarted(command: Command, logFile: string): Promise<UnavailableError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const last = log.trimEnd().split('\n').slice(-10).join('\n');
  return new UnavailableError(`${command.argv.join(' ')} ended at its start:\n${last}`);
}
