import { define } from '../define.js';

export default define({
  path: ['volume', 'clone'],
  summary: 'Make a new volume with the same content',
  flags: {},
  args: [{ name: 'VOLUME', complete: 'volume' }, { name: 'NEW_VOLUME' }],
  examples: [{ text: 'To try something out', command: 'wharf volume clone data data-try' }],
  async run(context, _flags, [name = '', to = ''], { signal }) {
    const { volumes } = await context.engine();
    const volume = await volumes.clone(name, to, { signal });
    context.io.stdout.write(`${volume.name}\n`);
  },
});
