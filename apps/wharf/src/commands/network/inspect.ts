import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { inspectNetwork } from '../inspect/network.js';
import { printObjects } from '../inspect/print.js';
import { inspectFormatFlag } from '../shared/format-flag.js';

export default define({
  path: ['network', 'inspect'],
  summary: 'Display detailed information on one or more networks',
  flags: defineFlags({
    format: inspectFormatFlag,
    verbose: { type: 'bool', short: 'v', description: 'Verbose output for diagnostics' },
  }),
  args: [{ name: 'NETWORK', multiple: true, complete: 'network' }],
  examples: [
    { text: 'Who is connected', command: "wharf network inspect -f '{{json .Containers}}' front" },
    {
      text: 'Its subnet',
      command: "wharf network inspect -f '{{(index .IPAM.Config 0).Subnet}}' front",
    },
  ],
  async run(context, { format }, names, { signal }) {
    const { networks } = await context.engine();
    return printObjects(context, names, format, async (name) =>
      inspectNetwork(await networks.get(name, { signal })),
    );
  },
});
