import { openContextStore, type ContextSettings } from '@wharf/client';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { endpointFlag, readEndpoint } from './endpoint.js';

export default define({
  path: ['context', 'create'],
  summary: 'Create a context',
  flags: defineFlags({
    description: { type: 'string', default: '', description: 'Description of the context' },
    from: {
      type: 'string',
      description: 'Create context from a named context',
      complete: 'context',
    },
    wharf: endpointFlag,
  }),
  args: [{ name: 'CONTEXT' }],
  examples: [
    {
      text: 'A daemon on another machine',
      command:
        'wharf context create prod --wharf host=tcp://prod.example.org:2376,ca=ca.pem,cert=cert.pem,key=key.pem',
    },
  ],
  async run(context, { description, from, wharf }, [name = '']) {
    if (from === undefined && wharf === undefined) {
      throw argumentError(
        'say where the daemon is with --wharf host=…, or copy a context with --from',
      );
    }
    const store = openContextStore(context.configDirectory);
    const base: ContextSettings = from === undefined ? {} : await store.get(from);
    const endpoint = wharf === undefined ? {} : await readEndpoint(wharf);
    const tls = { ...base.tls, ...endpoint.tls };
    await store.create(name, { ...base, ...endpoint, tls, description });
    context.io.stdout.write(`${name}\n`);
    context.io.stderr.write(`Successfully created context "${name}"\n`);
  },
});
