import type { NetworkDefaults } from '../context.js';

export const networkDefaults: NetworkDefaults = {
  bridge: 'wharf0',
  bip: '',
  pools: [{ base: '10.200.0.0/13', size: 24 }],
  mtu: 0,
  publishAddress: '',
  publishScope: 'any',
  icc: true,
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  hostGateway: '',
};
