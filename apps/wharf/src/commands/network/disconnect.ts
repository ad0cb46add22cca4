import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';

export default define({
  path: ['network', 'disconnect'],
  summary: 'Disconnect a container from a network',
  flags: defineFlags({
    force: {
      type: 'bool',
      short: 'f',
      description: 'Force the container to disconnect from a network',
    },
  }),
  args: [
    { name: 'NETWORK', complete: 'network' },
    { name: 'CONTAINER', complete: 'container' },
  ],
  examples: [{ text: 'While it runs', command: 'wharf network disconnect back web' }],
  async run(context, { force }, [network = '', container = ''], { signal }) {
    const { networks } = await context.engine();
    await networks.disconnect(container, network, { signal, force });
  },
});
