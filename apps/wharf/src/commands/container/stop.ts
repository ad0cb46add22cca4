import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { stopFlags, stopOptions } from './stop-flags.js';

export default define({
  path: ['container', 'stop'],
  aliases: [['stop']],
  summary: 'Stop one or more running containers',
  description:
    'Stop one or more running containers: the stop signal first, SIGKILL to what is still there after the grace period.',
  flags: defineFlags(stopFlags),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [
    { text: 'With a minute to end by itself', command: 'wharf stop -t 60 db' },
    { text: 'All that run', command: 'wharf stop $(wharf ps -q)' },
  ],
  async run(context, flags, names, { signal }) {
    const { containers } = await context.engine();
    const options = { signal, ...stopOptions(flags) };
    return forEach(context, names, async (name) => {
      await containers.stop(name, options);
      return name;
    });
  },
});
