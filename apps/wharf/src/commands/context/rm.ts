import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { defaultContext } from '../../contexts/context.js';
import { currentContext, useContext } from '../../contexts/current.js';
import { ContextStore } from '../../contexts/store.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';

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
    const store = new ContextStore(context.configDirectory);
    const current = await currentContext(context);
    return forEach(context, names, async (name) => {
      if (name === current && name !== defaultContext) {
        if (!force) {
          throw new FailedPreconditionError(
            `context "${name}" is in use, set -f flag to force remove`,
          );
        }
        await useContext(context, defaultContext);
      }
      await store.remove(name);
      return name;
    });
  },
});
