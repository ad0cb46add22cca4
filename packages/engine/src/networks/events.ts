import type { NewEvent } from '../state/state.js';
import type { NetworkRecord } from './records.js';

/** Docker's attributes: name and type, and the container for connect and disconnect. */
export function networkEvent(
  action: 'create' | 'connect' | 'disconnect' | 'destroy' | 'update',
  network: Pick<NetworkRecord, 'id' | 'spec'>,
  container = '',
): NewEvent {
  return {
    type: 'network',
    action,
    actorId: network.id,
    attributes: {
      name: network.spec.name,
      type: network.spec.driver,
      ...(container === '' ? {} : { container }),
    },
  };
}
