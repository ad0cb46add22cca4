import { HealthServiceDefinition, servingStatus } from '@wharf/api';
import { NotFoundError } from '@wharf/core';
import { serverStream, unary } from '../calls/handler.js';
import type { Handler } from '../calls/handler.js';

/** The health protocol: a server that answers serves, all of it. */
export function healthHandlers(services: ReadonlySet<string>): readonly Handler[] {
  const known = (service: string): boolean => service === '' || services.has(service);
  return [
    unary(HealthServiceDefinition, 'check', {}, ({ service }) =>
      known(service)
        ? Promise.resolve({ status: servingStatus.serving })
        : Promise.reject(new NotFoundError('service', service)),
    ),
    serverStream(
      HealthServiceDefinition,
      'watch',
      { long: true },
      async function* ({ service }, { signal }) {
        yield { status: known(service) ? servingStatus.serving : servingStatus.serviceUnknown };
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        );
      },
    ),
  ];
}
