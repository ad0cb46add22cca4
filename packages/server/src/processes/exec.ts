import {
  bufferOf,
  processSpecFromWire,
  ProcessServiceDefinition,
  terminalSizeFromWire,
} from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { pumpInput, pumpOutput, untilOutputEnds } from '../calls/sessions.js';

export const execProcess = bidi(
  ProcessServiceDefinition,
  'execProcess',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const first = (await requests.next()).value?.frame;
    if (first?.$case !== 'start') throw new InvalidArgumentError('the first frame must be start');
    const spec = processSpecFromWire(first.value);
    const session = await engine.processes.exec(first.value.container, spec, { signal });
    try {
      const { id, pid } = session;
      await send({ frame: { $case: 'started', value: { id, pid } } });
      if (spec.detach) return;
      const input = pumpInput(session, async () => (await requests.next()).value?.frame, {
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
  },
);
