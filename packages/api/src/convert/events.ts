import { InvalidArgumentError } from '@wharf/core';
import type { Event, EventFrame, WatchQuery } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/events.js';
import { dateFromWire, dateToWire, optionalDateFromWire, optionalDateToWire } from './times.js';
import { defined, filtersFromWire, filtersToWire, recordFromWire, recordToWire } from './values.js';

const eventTypes: readonly Event['type'][] = [
  ...(['container', 'image', 'daemon', 'network', 'volume', 'builder'] as const),
];

export function watchQueryToWire(query: WatchQuery): wire.WatchEventsRequest {
  return {
    afterSequence: query.afterSequence,
    since: optionalDateToWire(query.since),
    until: optionalDateToWire(query.until),
    filters: filtersToWire(query.filters),
  };
}

export function watchQueryFromWire(query: wire.WatchEventsRequest): WatchQuery {
  return defined({
    afterSequence: query.afterSequence,
    since: optionalDateFromWire(query.since, 'since'),
    until: optionalDateFromWire(query.until, 'until'),
    filters: filtersFromWire(query.filters),
  });
}

export function eventFrameToWire(frame: EventFrame): wire.WatchEventsResponse {
  switch (frame.kind) {
    case 'ready':
      return { frame: { $case: 'ready', value: { lastSequence: frame.lastSequence } } };
    case 'lost': {
      const value = { fromSequence: frame.from, toSequence: frame.to };
      return { frame: { $case: 'lost', value } };
    }
    case 'event':
      return { frame: { $case: 'event', value: eventToWire(frame.event) } };
  }
}

export function eventFrameFromWire({ frame }: wire.WatchEventsResponse): EventFrame {
  switch (frame?.$case) {
    case 'ready':
      return { kind: 'ready', lastSequence: frame.value.lastSequence };
    case 'lost':
      return { kind: 'lost', from: frame.value.fromSequence, to: frame.value.toSequence };
    case 'event':
      return { kind: 'event', event: eventFromWire(frame.value) };
    case undefined:
      throw new InvalidArgumentError('an event frame is empty');
  }
}

function eventToWire(event: Event): wire.Event {
  return {
    ...event,
    time: dateToWire(event.time),
    attributes: recordToWire(event.attributes),
  };
}

function eventFromWire(event: wire.Event): Event {
  const type = eventTypes.find((known) => known === event.type);
  if (type === undefined) throw new InvalidArgumentError(`unknown event type (${event.type})`);
  return {
    sequence: event.sequence,
    time: dateFromWire(event.time, 'event.time'),
    type,
    action: event.action,
    actorId: event.actorId,
    attributes: recordFromWire(event.attributes, 'event.attributes'),
  };
}
