export {
  createNetworkPort,
  type LinuxNetworkPort,
  type NetworkPortOptions,
} from './network-port.js';
export {
  createPacketFilter,
  type LinuxPacketFilter,
  type PacketFilterOptions,
} from './packet-filter/packet-filter.js';
