import { FailedPreconditionError, toWharfError, type Builds, type CallOptions } from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { pump } from '../stream/pump.js';
import { followSize, rawInput } from '../stream/terminal.js';

/** @throws failed-precondition where nobody could type */
export function checkDebug(io: CliIo): void {
  if (io.stdin.isTTY && io.stdout.isTTY) return;
  throw new FailedPreconditionError(
    '--debug opens a shell and needs a terminal: leave it out here',
  );
}

/** A shell where a step has failed, until it is left. */
export async function debugShell(
  io: CliIo,
  builds: Builds,
  buildId: string,
  { signal }: CallOptions,
): Promise<void> {
  const { rows, columns } = io.stdout;
  try {
    const session = await builds.debug(buildId, { args: ['/bin/sh'], rows, columns }, { signal });
    io.stderr.write('a shell where the step failed; leave it with exit\n');
    using _raw = rawInput(io);
    using _size = followSize(io, (height, width) => session.resize(height, width));
    await pump(io, session, { stdin: true, detachKeys: undefined });
    await session.exitCode;
  } catch (thrown) {
    signal.throwIfAborted();
    io.stderr.write(`WARNING: no shell could be opened: ${toWharfError(thrown).message}\n`);
  }
}
