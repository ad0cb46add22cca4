import { defineFlags } from '../../argv/flags.js';
import { defaultHost } from '../../connect.js';
import type { CliContext } from '../../context.js';
import { defaultContext, endpointName, type StoredContext } from '../../contexts/context.js';
import { currentContext } from '../../contexts/current.js';
import { ContextStore } from '../../contexts/store.js';
import { define } from '../define.js';
import { printObjects } from '../inspect/print.js';
import { inspectFormatFlag } from '../shared/format-flag.js';

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

async function find({ io, configDirectory }: CliContext, name: string): Promise<StoredContext> {
  if (name !== defaultContext) return new ContextStore(configDirectory).get(name);
  const host = io.env['WHARF_HOST'] ?? defaultHost;
  return { name, description: '', host, skipTlsVerify: false, tls: {} };
}

/** The names of its TLS files, never what is in them. */
function inspectObject({ name, description, host, skipTlsVerify, tls }: StoredContext): object {
  return {
    Name: name,
    Metadata: { Description: description },
    Endpoints: { [endpointName]: { Host: host, SkipTLSVerify: skipTlsVerify } },
    TLSMaterial: { [endpointName]: Object.keys(tls).map((file) => `${file}.pem`) },
  };
}
