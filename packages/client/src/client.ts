import { InvalidArgumentError } from '@wharf/core';
import type { Closable, Engine } from '@wharf/core';
import { remoteBuilds } from './builds.js';
import { remoteContainers } from './containers.js';
import { remoteContents } from './contents.js';
import { remoteEvents } from './events.js';
import { explainConnectFailure } from './explain.js';
import { hostText, parseHost } from './host.js';
import type { Host } from './host.js';
import { remoteImages } from './images.js';
import { remoteManifestLists } from './manifest-lists.js';
import { remoteNetworks } from './networks.js';
import { remoteProcesses } from './processes.js';
import { remoteRegistries } from './registries.js';
import { remoteSystem } from './system.js';
import { remoteVolumes } from './volumes.js';
import { bunSockets, dialBunUnix } from './transport/channel-bun.js';
import { dialNodeUnix, dialTls } from './transport/channel-node.js';
import type { Dial } from './transport/channel.js';
import type { TlsClientOptions } from './transport/tls.js';
import { createTransport } from './transport/transport.js';

export interface ClientOptions {
  /** `unix:///path` or `tcp://name:port`. */
  readonly host: string;
  /** For tcp hosts, which are never spoken to without TLS. */
  readonly tls?: Partial<TlsClientOptions>;
}

/** A remote engine. `close` disconnects; calls in flight fail with unavailable. */
export interface Client extends Engine, Closable {
  /** Where it is, for messages. */
  readonly host: string;
}

/** Does not connect yet: the first call does, and later ones connect again when the daemon was restarted. */
export function createClient({ host, tls }: ClientOptions): Client {
  const target = parseHost(host);
  const transport = createTransport({
    dial: dialOf(target, tls),
    authority: target.kind === 'unix' ? 'localhost' : target.host,
    explain: (error) => explainConnectFailure(error, target),
  });
  return {
    host: hostText(target),
    system: remoteSystem(transport),
    images: remoteImages(transport),
    manifestLists: remoteManifestLists(transport),
    contents: remoteContents(transport),
    registries: remoteRegistries(transport),
    containers: remoteContainers(transport),
    processes: remoteProcesses(transport),
    networks: remoteNetworks(transport),
    volumes: remoteVolumes(transport),
    builds: remoteBuilds(transport),
    events: remoteEvents(transport),
    close: () => transport.close(),
  };
}

function dialOf(target: Host, tls: Partial<TlsClientOptions> | undefined): Dial {
  if (target.kind === 'unix') {
    const bun = bunSockets();
    return bun === undefined ? dialNodeUnix(target.path) : dialBunUnix(bun, target.path);
  }
  if (tls === undefined) {
    throw new InvalidArgumentError(
      `${hostText(target)} needs TLS: give --tlscacert, --tlscert and --tlskey, or a context that has them`,
    );
  }
  return dialTls(target, { verify: true, ...tls });
}
