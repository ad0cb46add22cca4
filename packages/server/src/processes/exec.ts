import { processSpecFromWire, ProcessServiceDefinition } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { carryProcess } from '../calls/process-session.js';

export const execProcess = bidi(
  ProcessServiceDefinition,
  'execProcess',
  { write: true, long: true },
  async (conversation, { engine, signal }) => {
    const first = (await conversation.requests.next()).value?.frame;
    if (first?.$case !== 'start') throw new InvalidArgumentError('the first frame must be start');
    const spec = processSpecFromWire(first.value);
    const session = await engine.processes.exec(first.value.container, spec, { signal });
    await carryProcess(session, conversation, { signal, detach: spec.detach });
  },
);
