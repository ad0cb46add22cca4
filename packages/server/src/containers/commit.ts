import { ContainerServiceDefinition, defined, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const commitContainer = unary(
  ContainerServiceDefinition,
  'commitContainer',
  { write: true },
  async (request, { engine, signal }) => {
    const options = defined({
      signal,
      changes: request.changes,
      name: textOrAbsent(request.name),
      author: textOrAbsent(request.author),
      message: textOrAbsent(request.message),
      pause: !request.noPause,
    });
    const { imageId } = await engine.containers.commit(request.container, options);
    return { imageId };
  },
);
