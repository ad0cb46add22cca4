import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { checkedAddress, parseMac, withoutBrackets } from '../spec/addresses.js';
import { driverOption, linkLocal, plainEndpoint } from '../spec/endpoint.js';

export default define({
  path: ['network', 'connect'],
  summary: 'Connect a container to a network',
  flags: defineFlags({
    alias: { type: 'strings', description: 'Add network-scoped alias for the container' },
    'driver-opt': { type: 'strings', description: 'driver options for the network' },
    'gw-priority': {
      type: 'int',
      default: 0,
      description:
        'Highest gw-priority provides the default gateway. Accepts positive and negative values.',
    },
    ip: { type: 'string', default: '', description: 'IPv4 address (e.g., "172.30.100.104")' },
    ip6: { type: 'string', default: '', description: 'IPv6 address (e.g., "2001:db8::33")' },
    'link-local-ip': {
      type: 'strings',
      description: 'Add a link-local address for the container',
    },
    'mac-address': {
      type: 'string',
      default: '',
      description: 'MAC address of the container in this network',
    },
  }),
  args: [
    { name: 'NETWORK', complete: 'network' },
    { name: 'CONTAINER', complete: 'container' },
  ],
  examples: [
    {
      text: 'A running container, under a further name',
      command: 'wharf network connect --alias db back postgres',
    },
    {
      text: 'The way out of a container goes through this network',
      command: 'wharf network connect --gw-priority 1 outside web',
    },
  ],
  async run(context, flags, [network = '', container = ''], { signal }) {
    const options = flags.driverOpt.map(driverOption);
    const endpoint = {
      ...plainEndpoint(network),
      aliases: split(flags.alias),
      ipv4Address: checkedAddress(flags.ip, 4),
      ipv6Address: checkedAddress(withoutBrackets(flags.ip6), 6),
      linkLocalAddresses: split(flags.linkLocalIp).map(linkLocal),
      macAddress: parseMac(flags.macAddress),
      driverOptions: Object.assign({}, ...options) as Record<string, string>,
      gatewayPriority: flags.gwPriority,
    };
    const { networks } = await context.engine();
    await networks.connect(container, endpoint, { signal });
  },
});

function split(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(','));
}
