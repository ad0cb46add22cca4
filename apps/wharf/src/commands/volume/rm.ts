import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['volume', 'rm'],
  aliases: [['volume', 'remove']],
  summary: 'Remove one or more volumes',
  description:
    'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
  flags: defineFlags({
    force: { type: 'bool', short: 'f', description: 'Do not error if the volume does not exist' },
  }),
  args: [{ name: 'VOLUME', multiple: true, complete: 'volume' }],
  examples: [{ text: 'One of them', command: 'wharf volume rm data' }],
  async run(context, { force }, names, { signal }) {
    const { volumes } = await context.engine();
    return forEach(context, names, async (name) => {
      await volumes.remove(name, { signal, force });
      return name;
    });
  },
});
