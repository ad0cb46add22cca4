import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { printObjects } from '../inspect/print.js';
import { inspectVolume } from '../inspect/volume.js';
import { inspectFormatFlag } from '../shared/format-flag.js';

export default define({
  path: ['volume', 'inspect'],
  summary: 'Display detailed information on one or more volumes',
  flags: defineFlags({
    format: inspectFormatFlag,
    size: { type: 'bool', short: 's', description: 'Count what it holds' },
  }),
  args: [{ name: 'VOLUME', multiple: true, complete: 'volume' }],
  examples: [
    { text: 'Where it is on the host', command: "wharf volume inspect -f '{{.Mountpoint}}' data" },
    { text: 'The states that were kept', command: "wharf volume inspect -f '{{.Snapshots}}' data" },
  ],
  async run(context, { format, size }, names, { signal }) {
    const { volumes } = await context.engine();
    return printObjects(context, names, format, async (name) =>
      inspectVolume(await volumes.get(name, size ? { signal, size } : { signal })),
    );
  },
});
