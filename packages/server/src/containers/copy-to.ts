import { ContainerServiceDefinition } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const copyToContainer = bidi(
  ContainerServiceDefinition,
  'copyToContainer',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    const { container, path, noOverwriteDirNonDir, copyOwners } = open;
    const options = { signal, noOverwriteDirNonDir, copyOwners };
    await engine.containers.copyIn(container, path, data, options);
    await send({});
  },
);
