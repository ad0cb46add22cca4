import type { NewEvent } from '../state/state.js';
import type { NetworkRecord, NetworkRecords } from './records.js';
import type { SandboxRecord } from './sandbox-record.js';

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

/** Of all networks of a container that others see. */
export function sandboxEvents(
  action: 'connect' | 'disconnect',
  records: NetworkRecords,
  { containerId, endpoints, hidden = false }: SandboxRecord,
): readonly NewEvent[] {
  if (hidden) return [];
  return endpoints.flatMap(({ networkId }) => {
    const network = records.byId(networkId);
    return network === undefined ? [] : [networkEvent(action, network, containerId)];
  });
}
