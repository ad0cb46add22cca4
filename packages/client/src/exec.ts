import { bufferOf, processSpecToWire, ProcessServiceDefinition } from '@wharf/api';
import { DataLossError, FailedPreconditionError, parseExecId } from '@wharf/core';
import type { CallOptions, ExecSession, ProcessSpec } from '@wharf/core';
import { bidi } from './rpc.js';
import { openSession } from './session.js';
import type { Transport } from './transport/transport.js';

/** Starts a process in a remote container; resolves when it runs. */
export async function exec(
  transport: Transport,
  container: string,
  spec: ProcessSpec,
  options: CallOptions,
): Promise<ExecSession> {
  const start = processSpecToWire(container, spec);
  const call = await bidi(transport, [ProcessServiceDefinition, 'execProcess'] as const, options);
  call.send({ frame: { $case: 'start', value: start } }).catch(() => undefined);
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
    const why = spec.detach ? 'the process is detached' : 'the session was closed';
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
