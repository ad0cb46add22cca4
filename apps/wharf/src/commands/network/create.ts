import type { NetworkSpec } from '@wharf/core';
import { defineFlags, type FlagValues } from '../../argv/flags.js';
import { define } from '../define.js';
import { checkOf } from '../spec/check.js';
import { parseEgress } from '../spec/egress.js';
import { checkKeyValue, keyValues } from '../spec/key-values.js';
import { poolsOf } from './pools.js';

const flags = defineFlags({
  attachable: { type: 'bool', description: 'Enable manual container attachment' },
  'aux-address': {
    type: 'strings',
    placeholder: 'map',
    description: 'Auxiliary IPv4 or IPv6 addresses used by Network driver',
    check: (text) => checkKeyValue('aux-address', text),
  },
  driver: {
    type: 'string',
    short: 'd',
    default: 'bridge',
    description: 'Driver to manage the Network',
    values: ['bridge', 'macvlan', 'ipvlan'],
  },
  egress: {
    type: 'strings',
    description:
      'What its containers may reach elsewhere: deny, allow, or allow=HOST[:PORT],*.DOMAIN,CIDR and nothing else',
    values: ['deny', 'allow', 'allow='],
    check: checkOf((text) => parseEgress([text])),
  },
  gateway: { type: 'strings', description: 'IPv4 or IPv6 Gateway for the master subnet' },
  internal: { type: 'bool', description: 'Restrict external access to the network' },
  'ip-range': { type: 'strings', description: 'Allocate container ip from a sub-range' },
  'ipam-driver': {
    type: 'string',
    default: 'default',
    description: 'IP Address Management Driver',
    values: ['default', 'none'],
  },
  'ipam-opt': {
    type: 'strings',
    placeholder: 'map',
    description: 'Set IPAM driver specific options',
  },
  ipv4: {
    type: 'bool',
    default: true,
    defaultText: 'true',
    description: 'Enable or disable IPv4 address assignment',
  },
  ipv6: { type: 'bool', description: 'Enable or disable IPv6 address assignment' },
  label: { type: 'strings', description: 'Set metadata on a network' },
  opt: {
    type: 'strings',
    short: 'o',
    placeholder: 'map',
    description: 'Set driver specific options',
  },
  subnet: {
    type: 'strings',
    description: 'Subnet in CIDR format that represents a network segment',
  },
});

export default define({
  path: ['network', 'create'],
  summary: 'Create a network',
  flags,
  args: [{ name: 'NETWORK' }],
  examples: [
    { text: 'With addresses from the pools of the daemon', command: 'wharf network create front' },
    {
      text: 'With addresses of your choice, IPv6 as well',
      command:
        'wharf network create --subnet 10.7.0.0/24 --gateway 10.7.0.1 --ipv6 --subnet fd07::/64 app',
    },
    {
      text: 'From which containers reach one host and nothing else',
      command: 'wharf network create --egress allow=api.example.com:443 guarded',
    },
  ],
  async run(context, values, [name = ''], { signal }) {
    const spec = specOf(name, values);
    const { networks } = await context.engine();
    const { id, warnings } = await networks.create(spec, { signal });
    for (const warning of warnings) context.io.stderr.write(`WARNING: ${warning}\n`);
    context.io.stdout.write(`${id}\n`);
  },
});

function specOf(name: string, values: FlagValues<typeof flags>): NetworkSpec {
  const egress = parseEgress(values.egress);
  return {
    name,
    driver: values.driver,
    internal: values.internal,
    attachable: values.attachable,
    ipv4: values.ipv4,
    ipv6: values.ipv6,
    labels: keyValues(values.label),
    options: keyValues(values.opt),
    ipam: {
      driver: values.ipamDriver,
      options: keyValues(values.ipamOpt),
      pools: poolsOf(values),
    },
    ...(egress === undefined ? {} : { egress }),
  };
}
