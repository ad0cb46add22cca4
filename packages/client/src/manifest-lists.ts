import {
  annotationToWire,
  credentialMapToWire,
  ManifestServiceDefinition,
  manifestViewFromWire,
  pushFrameFromWire,
} from '@wharf/api';
import type { ManifestLists } from '@wharf/core';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ManifestServiceDefinition;

/** The manifest lists of a remote daemon. */
export function remoteManifestLists(transport: Transport): ManifestLists {
  return {
    create: (name, sources, { amend = false, credentials, signal }) =>
      unary(
        transport,
        [service, 'createManifestList'],
        { name, sources: [...sources], amend, credentials: credentialMapToWire(credentials) },
        { signal },
        ({ reference }) => ({ reference }),
      ),
    annotate: (name, source, annotation, options) =>
      unary(
        transport,
        [service, 'annotateManifest'],
        annotationToWire(name, source, annotation),
        options,
        () => undefined,
      ),
    inspect: (reference, { verbose = false, list = '', credentials, signal }) =>
      unary(
        transport,
        [service, 'inspectManifest'],
        { reference, verbose, list, credentials: credentialMapToWire(credentials) },
        { signal },
        ({ manifest }) => manifestViewFromWire(manifest),
      ),
    push: (name, { purge = false, credentials, signal }) =>
      serverStream(
        transport,
        [service, 'pushManifestList'],
        () => ({ name, purge, credentials: credentialMapToWire(credentials) }),
        { signal },
        pushFrameFromWire,
      ),
    remove: (names, options) =>
      unary(
        transport,
        [service, 'removeManifestLists'],
        { names: [...names] },
        options,
        ({ removed }) => removed,
      ),
    copy: (source, targets, { platform = '', credentials, signal }) =>
      serverStream(
        transport,
        [service, 'copyImage'],
        () => ({
          source,
          targets: [...targets],
          platform,
          credentials: credentialMapToWire(credentials),
        }),
        { signal },
        pushFrameFromWire,
      ),
  };
}
