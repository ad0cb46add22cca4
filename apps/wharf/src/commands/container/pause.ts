import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['container', 'pause'],
  aliases: [['pause']],
  summary: 'Pause all processes within one or more containers',
  flags: {},
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [{ text: 'It stands still until unpause', command: 'wharf pause job' }],
  async run(context, _flags, names, { signal }) {
    const { containers } = await context.engine();
    return forEach(context, names, async (name) => {
      await containers.pause(name, { signal });
      return name;
    });
  },
});
