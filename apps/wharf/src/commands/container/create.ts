import { define } from '../define.js';
import { specFlags } from '../spec/flags.js';
import { buildSpec } from '../spec/spec.js';
import { createContainer } from './create-container.js';

export default define({
  path: ['container', 'create'],
  aliases: [['create']],
  summary: 'Create a new container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: specFlags,
  args: [
    { name: 'IMAGE', complete: 'image' },
    { name: 'COMMAND', optional: true },
    { name: 'ARG', optional: true, multiple: true },
  ],
  stopAtFirstPositional: true,
  examples: [
    { text: 'To be started later', command: 'wharf create --name job debian sleep 10' },
    { text: 'Start it and see its output', command: 'wharf start -a job' },
  ],
  async run(context, flags, args, { signal, given }) {
    const { spec, warnings } = await buildSpec(
      { flags, args, given, env: context.io.env },
      { signal },
    );
    for (const warning of warnings) context.io.stderr.write(`WARNING: ${warning}\n`);
    const { pull, quiet, cidfile } = flags;
    const { id } = await createContainer(context, spec, { pull, quiet, cidfile, signal });
    context.io.stdout.write(`${id}\n`);
  },
});
