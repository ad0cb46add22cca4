import { isWharfError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['network', 'rm'],
  aliases: [['network', 'remove']],
  summary: 'Remove one or more networks',
  flags: defineFlags({
    force: {
      type: 'bool',
      short: 'f',
      description: 'Do not error if the network does not exist or stopped containers name it',
    },
  }),
  args: [{ name: 'NETWORK', multiple: true, complete: 'network' }],
  examples: [{ text: 'Two of them', command: 'wharf network rm front back' }],
  async run(context, { force }, names, { signal }) {
    const { networks } = await context.engine();
    return forEach(context, names, async (name) => {
      try {
        await networks.remove(name, { signal, force });
        return name;
      } catch (thrown) {
        if (force && isWharfError(thrown) && thrown.code === 'not-found') return undefined;
        throw thrown;
      }
    });
  },
});
