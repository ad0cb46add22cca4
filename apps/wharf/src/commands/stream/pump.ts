import type { StreamSession } from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { DetachFilter } from './detach-keys.js';

export interface PumpOptions {
  /** Whether the program's input goes to the process. */
  readonly stdin: boolean;
  /** The keys that leave the process; undefined where there is no terminal. */
  readonly detachKeys: Uint8Array | undefined;
}

/** The process's streams have ended, or the user has left it by the detach keys. */
export type PumpEnd = 'ended' | 'detached';

/** Connects the program's streams with a process's until its output ends or the user detaches. */
export async function pump(
  io: CliIo,
  session: StreamSession,
  options: PumpOptions,
): Promise<PumpEnd> {
  const output = pumpOutput(io, session);
  if (!options.stdin) return output;
  const input = pumpInput(io, session, options.detachKeys);
  const end = await Promise.race([output, input]);
  if (end === 'detached') await session.close();
  return end;
}

async function pumpOutput(io: CliIo, session: StreamSession): Promise<'ended'> {
  for await (const { stream, data } of session.output) await io[stream].send(data);
  return 'ended';
}

/** Resolves only when the user detaches; a failure to write means that the process has ended, which its output tells. */
async function pumpInput(
  io: CliIo,
  session: StreamSession,
  detachKeys: Uint8Array | undefined,
): Promise<'detached'> {
  const filter = detachKeys === undefined ? undefined : new DetachFilter(detachKeys);
  try {
    for await (const chunk of io.stdin.read()) {
      const { data, detached } = filter?.push(chunk) ?? { data: chunk, detached: false };
      if (data.length > 0) await session.write(data);
      if (detached) return 'detached';
    }
    await session.closeStdin();
  } catch {
    // The output says how it ended.
  }
  return new Promise(() => undefined);
}
