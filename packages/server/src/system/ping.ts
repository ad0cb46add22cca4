import { SystemServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const ping = unary(SystemServiceDefinition, 'ping', {}, async (_, { engine, signal }) => {
  const { apiVersion } = await engine.system.ping({ signal });
  return { apiVersion };
});
