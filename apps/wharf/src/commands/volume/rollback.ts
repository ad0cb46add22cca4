import { define } from '../define.js';

export default define({
  path: ['volume', 'rollback'],
  summary: 'Make the content of a volume what it was at a snapshot',
  flags: {},
  args: [{ name: 'VOLUME', complete: 'volume' }, { name: 'SNAPSHOT' }],
  examples: [{ text: 'After a bad upgrade', command: 'wharf volume rollback data before' }],
  async run(context, _flags, [name = '', snapshot = ''], { signal }) {
    const { volumes } = await context.engine();
    await volumes.rollback(name, snapshot, { signal });
    context.io.stdout.write(`${name}\n`);
  },
});
