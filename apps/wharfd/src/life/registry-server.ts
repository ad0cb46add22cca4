import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveRegistry, type RegistryServer } from '@wharf/registry';
import type { Engine } from '@wharf/core';
import type { Config } from '../config/schema.js';
import { serveAddress } from '../config/serve.js';
import type { DaemonLogger } from '../logger.js';

/** Serves the daemon's images to other engines if the configuration says so. */
export async function startRegistryServer(
  config: Config,
  { images, contents }: Pick<Engine, 'images' | 'contents'>,
  logger: DaemonLogger,
  changes: () => number,
): Promise<RegistryServer | undefined> {
  const settings = config['serve-registry'];
  if (settings === undefined) return undefined;
  const { tlscert, tlskey, tlscacert } = settings;
  const server = await serveRegistry({
    ...serveAddress(settings),
    images,
    contents,
    changes,
    write: settings.write,
    spool: join(config['data-root'], 'tmp', 'registry-uploads'),
    onFailure: (error) => logger.error('serving an image failed', { error }),
    ...(tlscert === undefined || tlskey === undefined
      ? {}
      : {
          tls: {
            cert: await readFile(tlscert, 'utf8'),
            key: await readFile(tlskey, 'utf8'),
            ...(tlscacert === undefined ? {} : { clientCa: await readFile(tlscacert, 'utf8') }),
          },
        }),
  });
  logger.info('serving images', { address: server.address, write: settings.write });
  return server;
}
