import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['image', 'rm'],
  aliases: [['image', 'remove'], ['rmi']],
  summary: 'Remove one or more images',
  flags: defineFlags({
    force: { type: 'bool', short: 'f', description: 'Force removal of the image' },
    'no-prune': { type: 'bool', description: 'Do not delete untagged parents', hidden: true },
  }),
  args: [{ name: 'IMAGE', multiple: true, complete: 'image' }],
  examples: [
    { text: 'One name of it; the last name takes the image along', command: 'wharf rmi app:old' },
  ],
  async run(context, { force }, names, { signal }) {
    const { images } = await context.engine();
    return forEach(context, names, async (name) => {
      const { untagged, deleted } = await images.remove(name, { signal, force });
      const lines = [
        ...untagged.map((tag) => `Untagged: ${tag}`),
        ...deleted.map((id) => `Deleted: ${id}`),
      ];
      return lines.length === 0 ? undefined : lines.join('\n');
    });
  },
});
