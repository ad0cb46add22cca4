import { isWharfError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

export default define({
  path: ['container', 'rm'],
  aliases: [['container', 'remove'], ['rm']],
  summary: 'Remove one or more containers',
  flags: defineFlags({
    force: {
      type: 'bool',
      short: 'f',
      description: 'Force the removal of a running container (uses SIGKILL)',
    },
    volumes: {
      type: 'bool',
      short: 'v',
      description: 'Remove anonymous volumes associated with the container',
    },
  }),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [
    { text: 'One that runs', command: 'wharf rm -f web' },
    { text: 'All that have exited', command: 'wharf rm $(wharf ps -aq --filter status=exited)' },
  ],
  async run(context, { force, volumes }, names, { signal }) {
    const { containers } = await context.engine();
    return forEach(context, names, async (name) => {
      try {
        await containers.remove(name, { signal, force, volumes });
      } catch (thrown) {
        // As rm(1) has it: -f is content when there is nothing to remove, but says so.
        if (!force || !isWharfError(thrown) || thrown.code !== 'not-found') throw thrown;
        context.io.stderr.write(`wharf: ${thrown.message}\n`);
        return undefined;
      }
      return name;
    });
  },
});
