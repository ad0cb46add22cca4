import { credentialsFromWire, RegistryServiceDefinition, required } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const checkLogin = unary(
  RegistryServiceDefinition,
  'checkLogin',
  {},
  async (request, { engine, signal }) => {
    const credentials = required(credentialsFromWire(request.credentials), 'credentials');
    const { identityToken } = await engine.registries.login(request.registry, credentials, {
      signal,
    });
    return { identityToken };
  },
);
