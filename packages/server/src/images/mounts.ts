import { ImageServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listImageMounts = unary(
  ImageServiceDefinition,
  'listImageMounts',
  {},
  async (_, { engine, signal }) => {
    const mounts = await engine.images.mounts({ signal });
    return { mounts: mounts.map((mount) => ({ ...mount })) };
  },
);
