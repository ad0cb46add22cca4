import fc from 'fast-check';
import type { Network, NetworkSpec } from '@wharf/core';
import { egress, networkEndpoint } from './networking.js';
import { flag, hexId, labels, record, text, time } from './values.js';

export const networkSpec: fc.Arbitrary<NetworkSpec> = record<
  NetworkSpec,
  Exclude<keyof NetworkSpec, 'egress'>
>(
  {
    name: text,
    driver: text,
    internal: flag,
    attachable: flag,
    ipv4: flag,
    ipv6: flag,
    labels,
    options: labels,
    ipam: fc.record({
      driver: text,
      options: labels,
      pools: fc.array(
        fc.record({ subnet: text, ipRange: text, gateway: text, auxAddresses: labels }),
        { maxLength: 2 },
      ),
    }),
  },
  { egress },
);

export const network: fc.Arbitrary<Network> = fc.record({
  id: hexId,
  createdAt: time,
  spec: networkSpec,
  scope: fc.constant('local'),
  builtIn: flag,
  bridgeName: text,
  endpoints: fc.array(networkEndpoint, { maxLength: 2 }),
});
