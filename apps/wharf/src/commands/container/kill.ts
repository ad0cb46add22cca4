import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['container', 'kill'],
  aliases: [['kill']],
  summary: 'Kill one or more running containers',
  flags: defineFlags({
    signal: {
      type: 'string',
      short: 's',
      default: '',
      description: 'Signal to send to the container',
      defaultText: 'SIGKILL',
    },
  }),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [{ text: 'Have it read its configuration again', command: 'wharf kill -s HUP web' }],
  async run(context, flags, names, { signal }) {
    const { containers } = await context.engine();
    return forEach(context, names, async (name) => {
      await containers.kill(name, flags.signal === '' ? 'SIGKILL' : flags.signal, { signal });
      return name;
    });
  },
});
