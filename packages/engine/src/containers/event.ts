import type { NewEvent } from '../state/state.js';
import type { ContainerRecord, NewEventOf } from './records.js';

/** A container event with Docker's attributes: image, name, and every label. */
export function containerEvent(
  record: Pick<ContainerRecord, 'id' | 'name' | 'spec' | 'resolved'>,
  event: NewEventOf,
): NewEvent {
  return {
    type: 'container',
    action: event.action,
    actorId: record.id,
    attributes: {
      ...record.resolved.labels,
      image: record.spec.image,
      name: record.name,
      ...event.attributes,
    },
  };
}
