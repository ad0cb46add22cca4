import { buildFrameFromWire, BuildServiceDefinition, buildSpecToWire } from '@wharf/api';
import type { BuildFrame, BuildOptions, BuildSpec } from '@wharf/core';
import { createAgentRelay } from './agent-relay.js';
import { answered, begin, bidi } from './rpc.js';
import type { Transport } from './transport/transport.js';

/**
 * Builds at a remote daemon; leaving the loop or aborting cancels the build. A caller who does not take frames holds
 * the daemon back, and his agents too.
 */
export async function* build(
  transport: Transport,
  spec: BuildSpec,
  { signal, agent }: BuildOptions,
): AsyncGenerator<BuildFrame, void, undefined> {
  const value = buildSpecToWire(spec);
  const call = await bidi(transport, [BuildServiceDefinition, 'build'] as const, { signal });
  const agents = createAgentRelay(agent, (frame) => call.send({ frame }));
  let output = 0;
  try {
    await begin(call, { frame: { $case: 'spec', value } });
    for (let next = await call.next(); next !== undefined; next = await call.next()) {
      const { frame } = next;
      if (frame?.$case === 'build') {
        const read = answered(() => buildFrameFromWire(frame.value));
        if (read.kind === 'output') output = read.index;
        if (read.kind !== 'output' || read.last || read.data.byteLength > 0) yield read;
      } else if (frame?.$case === 'output') {
        yield { kind: 'output', index: output, data: frame.value, last: false };
      } else if (frame !== undefined) {
        agents.receive(frame);
      }
    }
  } finally {
    call.leave();
    agents.close();
  }
}
