import { openContextStore } from '@wharf/client';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { endpointFlag, readEndpoint } from './endpoint.js';

export default define({
  path: ['context', 'update'],
  summary: 'Update a context',
  flags: defineFlags({
    description: { type: 'string', description: 'Description of the context' },
    wharf: endpointFlag,
  }),
  args: [{ name: 'CONTEXT', complete: 'context' }],
  examples: [
    {
      text: 'It has moved',
      command: 'wharf context update prod --wharf host=tcp://new.example.org:2376',
    },
  ],
  async run(context, { description, wharf }, [name = '']) {
    await openContextStore(context.configDirectory).update(name, {
      ...(wharf === undefined ? {} : await readEndpoint(wharf)),
      ...(description === undefined ? {} : { description }),
    });
    context.io.stdout.write(`${name}\n`);
    context.io.stderr.write(`Successfully updated context "${name}"\n`);
  },
});
