import { bufferOf, ContainerServiceDefinition, terminalSizeFromWire } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { pumpInput, pumpOutput, untilOutputEnds } from '../calls/sessions.js';

export const attachContainer = bidi(
  ContainerServiceDefinition,
  'attachContainer',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const first = (await requests.next()).value?.frame;
    if (first?.$case !== 'open') throw new InvalidArgumentError('the first frame must be open');
    const { container, ...selection } = first.value;
    const session = await engine.containers.attach(container, selection, { signal });
    try {
      const { id, terminal } = session;
      await send({ frame: { $case: 'ready', value: { id, terminal } } });
      const input = pumpInput(session, async () => (await requests.next()).value?.frame, {
        async resize(size) {
          const { rows, columns } = terminalSizeFromWire(size);
          await engine.containers.resize(id, rows, columns, { signal });
        },
      });
      const output = pumpOutput(session, ({ stream, data }) =>
        send({ frame: { $case: stream, value: bufferOf(data) } }),
      );
      await untilOutputEnds(input, output, signal);
      await send({ frame: { $case: 'end', value: {} } });
    } finally {
      await session.close();
    }
  },
);
