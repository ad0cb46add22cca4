import { eventFrameFromWire, EventServiceDefinition, watchQueryToWire } from '@wharf/api';
import type { Events } from '@wharf/core';
import { serverStream } from './rpc.js';
import type { Transport } from './transport/transport.js';

/** The events of a remote daemon. */
export function remoteEvents(transport: Transport): Events {
  return {
    watch: (query, options) =>
      serverStream(
        transport,
        [EventServiceDefinition, 'watchEvents'],
        () => watchQueryToWire(query),
        options,
        eventFrameFromWire,
      ),
  };
}
