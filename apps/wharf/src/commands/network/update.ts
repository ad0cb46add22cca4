import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { checkAddress, withoutBrackets } from '../spec/addresses.js';

const check = (text: string): string | undefined => checkAddress(withoutBrackets(text));

export default define({
  path: ['network', 'update'],
  summary: 'Change the upstream servers of names of a network, also of running containers',
  flags: defineFlags({
    'dns-add': { type: 'strings', description: 'Ask this server too', check },
    'dns-drop': { type: 'strings', description: 'Ask this server no more', check },
  }),
  args: [{ name: 'NETWORK', complete: 'network' }],
  examples: [
    {
      text: 'Another server in place of one',
      command: 'wharf network update --dns-add 9.9.9.9 --dns-drop 1.1.1.1 front',
    },
  ],
  async run(context, { dnsAdd, dnsDrop }, [network = ''], { signal }) {
    if (dnsAdd.length + dnsDrop.length === 0) {
      throw argumentError('name what changes by --dns-add or --dns-drop');
    }
    const change = {
      addDns: dnsAdd.map(withoutBrackets),
      removeDns: dnsDrop.map(withoutBrackets),
    };
    const { networks } = await context.engine();
    await networks.update(network, change, { signal });
    context.io.stdout.write(`${network}\n`);
  },
});
