import fc from 'fast-check';
import type { EventFrame, WatchQuery } from '@wharf/core';
import { labels, record, text, texts, time, uint64 } from './values.js';

const filters = fc
  .array(fc.tuple(text, texts), { minLength: 1, maxLength: 3 })
  .map((entries) => new Map(entries));

export const watchQuery: fc.Arbitrary<WatchQuery> = record<WatchQuery, never>(
  {},
  { afterSequence: uint64, since: time, until: time, filters },
);

export const eventFrame: fc.Arbitrary<EventFrame> = fc.oneof(
  fc.record({ kind: fc.constant('ready' as const), lastSequence: uint64 }),
  fc.record({ kind: fc.constant('lost' as const), from: uint64, to: uint64 }),
  fc.record({
    kind: fc.constant('event' as const),
    event: fc.record({
      sequence: uint64,
      time,
      type: fc.constantFrom(
        'container' as const,
        'image' as const,
        'daemon' as const,
        'network' as const,
        'volume' as const,
      ),
      action: text,
      actorId: text,
      attributes: labels,
    }),
  }),
);
