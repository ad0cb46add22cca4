import { define } from '../define.js';

export default define({
  path: ['image', 'tag'],
  aliases: [['tag']],
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  flags: {},
  args: [
    { name: 'SOURCE_IMAGE', complete: 'image' },
    { name: 'TARGET_IMAGE', complete: 'image' },
  ],
  examples: [
    {
      text: 'A name in another registry',
      command: 'wharf tag app:1 registry.example.org/team/app:1',
    },
  ],
  async run(context, _flags, [source = '', target = ''], { signal }) {
    const { images } = await context.engine();
    await images.tag(source, target, { signal });
  },
});
