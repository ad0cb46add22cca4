import { bufferOf, terminalSizeFromWire } from '@wharf/api';
import type { ExecSession } from '@wharf/core';
import { pumpInput, pumpOutput, untilOutputEnds } from './sessions.js';
import type { InputFrame } from './sessions.js';

type OutputFrame =
  | { readonly $case: 'started'; readonly value: { readonly id: string; readonly pid: number } }
  | { readonly $case: 'stdout' | 'stderr'; readonly value: Buffer }
  | { readonly $case: 'exited'; readonly value: { readonly exitCode: number } };

interface ProcessConversation {
  readonly requests: AsyncIterator<{ readonly frame?: InputFrame | undefined }>;
  send(response: { readonly frame: OutputFrame }): Promise<void>;
}

/** Says that a process runs, carries its streams unless it is detached, tells its exit code, and closes the session. */
export async function carryProcess(
  session: ExecSession,
  { requests, send }: ProcessConversation,
  { signal, detach }: { readonly signal: AbortSignal; readonly detach: boolean },
): Promise<void> {
  try {
    const { id, pid } = session;
    await send({ frame: { $case: 'started', value: { id, pid } } });
    if (detach) return;
    const next = async (): Promise<InputFrame | undefined> => {
      const { value } = (await requests.next()) as { value?: { frame?: InputFrame } };
      return value?.frame;
    };
    const input = pumpInput(session, next, {
      async resize(size) {
        const { rows, columns } = terminalSizeFromWire(size);
        await session.resize(rows, columns);
      },
    });
    const output = pumpOutput(session, ({ stream, data }) =>
      send({ frame: { $case: stream, value: bufferOf(data) } }),
    );
    await untilOutputEnds(input, output, signal);
    const exitCode = await session.exitCode;
    await send({ frame: { $case: 'exited', value: { exitCode } } });
  } finally {
    await session.close();
  }
}
