import { define } from '../define.js';

export default define({
  path: ['volume', 'rename'],
  summary: 'Give a volume that no container uses another name',
  flags: {},
  args: [{ name: 'VOLUME', complete: 'volume' }, { name: 'NEW_NAME' }],
  examples: [{ text: 'Out of the way', command: 'wharf volume rename data data-old' }],
  async run(context, _flags, [name = '', to = ''], { signal }) {
    const { volumes } = await context.engine();
    await volumes.rename(name, to, { signal });
  },
});
