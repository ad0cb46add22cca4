import { BuildServiceDefinition, importedToWire } from '@wharf/api';
import { receiveData } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const importArchive = bidi(
  BuildServiceDefinition,
  'importArchive',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    await send(
      importedToWire(await engine.builds.importArchive(receiveData(requests), { signal })),
    );
  },
);
