import { BuildServiceDefinition, syncedToWire } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { askedPieces } from './asked-pieces.js';

export const syncTree = bidi(
  BuildServiceDefinition,
  'syncTree',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const first = (await requests.next()).value?.frame;
    if (first?.$case !== 'root') throw new InvalidArgumentError('the first frame must be root');
    const source = askedPieces(requests, (digests) =>
      send({ frame: { $case: 'wants', value: { digests } } }),
    );
    const synced = await engine.builds.syncTree(first.value, source, { signal });
    await send({ frame: { $case: 'synced', value: syncedToWire(synced) } });
  },
);
