import { bufferOf, ContainerServiceDefinition } from '@wharf/api';
import { DataLossError } from '@wharf/core';
import type { AttachRequest, AttachSession, CallOptions } from '@wharf/core';
import { bidi } from './rpc.js';
import { openSession } from './session.js';
import type { Transport } from './transport/transport.js';

/** Attaches to a remote container; resolves with the daemon's word that nothing is lost from now on. */
export async function attach(
  transport: Transport,
  container: string,
  { stdin, stdout, stderr, logs }: AttachRequest,
  options: CallOptions,
): Promise<AttachSession> {
  const method = [ContainerServiceDefinition, 'attachContainer'] as const;
  const call = await bidi(transport, method, options);
  const open = { container, stdin, stdout, stderr, logs };
  call.send({ frame: { $case: 'open', value: open } }).catch(() => undefined);
  const first = (await call.next())?.frame;
  if (first?.$case !== 'ready') {
    call.leave();
    throw new DataLossError('the daemon did not say that the container is attached');
  }
  const session = openSession({
    async next() {
      const frame = (await call.next())?.frame;
      return frame?.$case === 'ready' ? { $case: 'other' } : frame;
    },
    stdin: (data) => call.send({ frame: { $case: 'stdin', value: bufferOf(data) } }),
    closeStdin: () => call.send({ frame: { $case: 'stdinClose', value: {} } }),
    leave: () => call.leave(),
  });
  return { ...session, id: first.value.id, terminal: first.value.terminal };
}
