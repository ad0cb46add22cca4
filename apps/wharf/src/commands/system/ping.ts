import { define } from '../define.js';

export default define({
  path: ['system', 'ping'],
  aliases: [['ping']],
  summary: 'Check that the daemon answers',
  flags: {},
  args: [],
  examples: [{ text: 'Wait for a daemon', command: 'until wharf ping; do sleep 1; done' }],
  async run(context, _flags, _args, { signal }) {
    const { system } = await context.engine();
    const { apiVersion } = await system.ping({ signal });
    context.io.stdout.write(`OK ${apiVersion}\n`);
  },
});
