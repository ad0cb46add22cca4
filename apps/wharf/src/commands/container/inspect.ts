import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { inspectContainer } from '../inspect/container.js';
import { printObjects } from '../inspect/print.js';
import { inspectFormatFlag } from '../shared/format-flag.js';

export default define({
  path: ['container', 'inspect'],
  summary: 'Display detailed information on one or more containers',
  flags: defineFlags({
    format: inspectFormatFlag,
    size: { type: 'bool', short: 's', description: 'Display total file sizes' },
  }),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [
    { text: 'Its process on the host', command: "wharf container inspect -f '{{.State.Pid}}' web" },
  ],
  async run(context, { format, size }, names, { signal }) {
    const { containers } = await context.engine();
    return printObjects(context, names, format, async (name) =>
      inspectContainer(await containers.get(name, { signal, size })),
    );
  },
});
