import { DataLossError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';

export default define({
  path: ['image', 'bootstrap'],
  summary: 'Make a base image from this machine, without any registry',
  description:
    'Make a base image from this machine, without any registry: busybox from the static busybox of the ' +
    'daemon\u2019s host, debian by mmdebstrap. An image that is there already is made anew.',
  usage: '[OPTIONS] [busybox|debian]',
  flags: defineFlags({
    name: { type: 'string', default: '', description: 'Name of the image (by default its kind)' },
    quiet: { type: 'bool', short: 'q', description: 'Only print the image ID' },
  }),
  args: [{ name: 'KIND', optional: true }],
  examples: [
    {
      text: 'The smallest',
      command: 'wharf image bootstrap busybox && wharf run --rm busybox date',
    },
    { text: 'Under a name of one’s own', command: 'wharf image bootstrap debian --name base:12' },
  ],
  async run(context, { name, quiet }, [kind = 'busybox'], { signal }) {
    const { images } = await context.engine();
    const { stdout, stderr } = context.io;
    for await (const frame of images.bootstrap(kind, name, { signal })) {
      if (frame.kind === 'step') {
        if (!quiet) stderr.write(`${frame.message}\n`);
        continue;
      }
      stdout.write(`${quiet ? frame.result.imageId : frame.result.reference}\n`);
      return;
    }
    throw new DataLossError(`the daemon ended before the image ${kind} was made, try it again`);
  },
});
