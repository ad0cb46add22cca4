import { BuildServiceDefinition, listFromWire, terminalSizeFromWire } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { carryProcess } from '../calls/process-session.js';

export const debug = bidi(
  BuildServiceDefinition,
  'debug',
  { write: true, long: true },
  async (conversation, { engine, signal }) => {
    const first = (await conversation.requests.next()).value?.frame;
    if (first?.$case !== 'start') throw new InvalidArgumentError('the first frame must be start');
    const { build, args, size } = first.value;
    const { rows, columns } = terminalSizeFromWire(size ?? { rows: 0, columns: 0 });
    const request = { args: listFromWire(args, 'args'), rows, columns };
    const session = await engine.builds.debug(build, request, { signal });
    await carryProcess(session, conversation, { signal, detach: false });
  },
);
