import { defaultContext, openContextStore } from '@wharf/client';
import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { currentContext } from './current.js';

export default define({
  path: ['context', 'rm'],
  aliases: [['context', 'remove']],
  summary: 'Remove one or more contexts',
  flags: defineFlags({
    force: { type: 'bool', short: 'f', description: 'Force the removal of a context in use' },
  }),
  args: [{ name: 'CONTEXT', multiple: true, complete: 'context' }],
  examples: [{ text: 'One that is in use', command: 'wharf context rm -f prod' }],
  async run(context, { force }, names) {
    const store = openContextStore(context.configDirectory);
    const current = await currentContext(context);
    return forEach(context, names, async (name) => {
      if (name === current && name !== defaultContext && !force) {
        throw new FailedPreconditionError(
          `context "${name}" is in use, set -f flag to force remove`,
        );
      }
      await store.remove(name, { force });
      return name;
    });
  },
});
