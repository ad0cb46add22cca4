import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { stopFlags, stopOptions } from './stop-flags.js';

export default define({
  path: ['container', 'restart'],
  aliases: [['restart']],
  summary: 'Restart one or more containers',
  flags: defineFlags(stopFlags),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [{ text: 'Without waiting for it to end', command: 'wharf restart -t 0 web' }],
  async run(context, flags, names, { signal }) {
    const { containers } = await context.engine();
    const options = { signal, ...stopOptions(flags) };
    return forEach(context, names, async (name) => {
      await containers.restart(name, options);
      return name;
    });
  },
});
