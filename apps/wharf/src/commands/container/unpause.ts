import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['container', 'unpause'],
  aliases: [['unpause']],
  summary: 'Unpause all processes within one or more containers',
  flags: {},
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [{ text: 'It goes on where it stood', command: 'wharf unpause job' }],
  async run(context, _flags, names, { signal }) {
    const { containers } = await context.engine();
    return forEach(context, names, async (name) => {
      await containers.unpause(name, { signal });
      return name;
    });
  },
});
