import { processSpecToWire, ProcessServiceDefinition } from '@wharf/api';
import type { CallOptions, ExecSession, ProcessSpec } from '@wharf/core';
import { processSession } from './process-call.js';
import { begin, bidi } from './rpc.js';
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
  await begin(call, { frame: { $case: 'start', value: start } });
  return processSession(call, spec);
}
