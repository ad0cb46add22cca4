import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['builder', 'rm'],
  aliases: [
    ['builder', 'remove'],
    ['builder', 'history', 'rm'],
  ],
  summary: 'Forget builds; their images and their cache stay',
  flags: {},
  args: [{ name: 'BUILD', multiple: true, complete: 'build' }],
  examples: [{ text: 'The last build', command: 'wharf builder rm latest' }],
  async run(context, _flags, refs, { signal }) {
    const builds = await buildsOf(context);
    return forEach(context, refs, async (ref) => {
      await builds.remove(ref, { signal });
      return ref;
    });
  },
});
