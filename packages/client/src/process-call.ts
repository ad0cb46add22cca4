import { bufferOf } from '@wharf/api';
import { DataLossError, FailedPreconditionError, parseExecId } from '@wharf/core';
import type { ExecSession } from '@wharf/core';
import type { Conversation } from './rpc.js';
import { openSession } from './session.js';

/** What a caller may send to a process after it was started. */
type Input =
  | { $case: 'stdin'; value: Buffer }
  | { $case: 'stdinClose'; value: Record<string, never> }
  | { $case: 'resize'; value: { rows: number; columns: number } };

type Answer =
  | { readonly $case: 'started'; readonly value: { readonly id: string; readonly pid: number } }
  | { readonly $case: 'stdout' | 'stderr'; readonly value: Uint8Array }
  | { readonly $case: 'exited'; readonly value: { readonly exitCode: number } };

/** The session of a process that a call has started; resolves when it runs. */
export async function processSession(
  call: Conversation<{ frame: Input | undefined }, { frame?: Answer | undefined }>,
  { detach }: { readonly detach: boolean },
): Promise<ExecSession> {
  const first = (await call.next())?.frame;
  if (first?.$case !== 'started') {
    call.leave();
    throw new DataLossError('the daemon did not say that the process runs');
  }
  let exitCode: number | undefined;
  const session = openSession({
    async next() {
      const frame = (await call.next())?.frame;
      if (frame?.$case === 'exited') exitCode = frame.value.exitCode;
      return frame?.$case === 'started' ? { $case: 'other' } : frame;
    },
    stdin: (data) => call.send({ frame: { $case: 'stdin', value: bufferOf(data) } }),
    closeStdin: () => call.send({ frame: { $case: 'stdinClose', value: {} } }),
    leave: () => call.leave(),
  });
  const exited = session.done.then(() => {
    if (exitCode !== undefined) return exitCode;
    const why = detach ? 'the process is detached' : 'the session was closed';
    throw new FailedPreconditionError(`${why}: its exit code is not known here`);
  });
  exited.catch(() => undefined);
  return {
    ...session,
    id: parseExecId(first.value.id),
    pid: first.value.pid,
    exitCode: exited,
    resize: (rows, columns) => call.send({ frame: { $case: 'resize', value: { rows, columns } } }),
  };
}
