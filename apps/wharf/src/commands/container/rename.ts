import { define } from '../define.js';

export default define({
  path: ['container', 'rename'],
  aliases: [['rename']],
  summary: 'Rename a container',
  flags: {},
  args: [{ name: 'CONTAINER', complete: 'container' }, { name: 'NEW_NAME' }],
  examples: [{ text: 'Make room for a new one', command: 'wharf rename web web-old' }],
  async run(context, _flags, [container = '', name = ''], { signal }) {
    const { containers } = await context.engine();
    await containers.rename(container, name, { signal });
  },
});
