import { defaultContext, openContextStore, type Context } from '@wharf/client';
import { defineFlags } from '../../argv/flags.js';
import type { CliContext } from '../../context.js';
import { define } from '../define.js';
import { printObjects } from '../inspect/print.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { currentContext } from './current.js';

export default define({
  path: ['context', 'inspect'],
  summary: 'Display detailed information on one or more contexts',
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  flags: defineFlags({ format: inspectFormatFlag }),
  args: [{ name: 'CONTEXT', optional: true, multiple: true, complete: 'context' }],
  examples: [
    { text: 'Its host', command: "wharf context inspect -f '{{.Endpoints.wharf.Host}}' prod" },
  ],
  async run(context, { format }, names) {
    const chosen = names.length > 0 ? names : [await currentContext(context)];
    return printObjects(context, chosen, format, async (name) =>
      inspectObject(await find(context, name)),
    );
  },
});

async function find({ io, configDirectory }: CliContext, name: string): Promise<Context> {
  const found = await openContextStore(configDirectory).get(name);
  const host = (name === defaultContext && io.env['WHARF_HOST']) || found.host;
  return { ...found, host };
}

/** The names of its TLS files, never what is in them. */
function inspectObject({ name, description, host, verify, tls }: Context): object {
  return {
    Name: name,
    Metadata: { Description: description },
    Endpoints: { wharf: { Host: host, SkipTLSVerify: !verify } },
    TLSMaterial: { wharf: Object.keys(tls).map((file) => `${file}.pem`) },
  };
}
