import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['container', 'wait'],
  aliases: [['wait']],
  summary: 'Block until one or more containers stop, then print their exit codes',
  flags: {},
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [{ text: 'The exit code of a job', command: 'code=$(wharf wait job)' }],
  async run(context, _flags, names, { signal }) {
    const { containers } = await context.engine();
    return forEach(context, names, async (name) => {
      const { exitCode } = await containers.wait(name, 'not-running', { signal });
      return String(exitCode);
    });
  },
});
