import { defineFlags } from '../../argv/flags.js';
import { ContextStore } from '../../contexts/store.js';
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
    const store = new ContextStore(context.configDirectory);
    const old = await store.get(name);
    const endpoint = wharf === undefined ? old : await readEndpoint(wharf, old);
    await store.write({ ...old, ...endpoint, description: description ?? old.description });
    context.io.stdout.write(`${name}\n`);
    context.io.stderr.write(`Successfully updated context "${name}"\n`);
  },
});
