import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { sendVolume } from './send-volume.js';

export default define({
  path: ['volume', 'send'],
  summary: 'Make a volume of another context equal to one here; only changed files travel',
  flags: defineFlags({
    from: {
      type: 'string',
      placeholder: 'context',
      description: 'Context that has the volume (by default the current one)',
      complete: 'context',
    },
    name: { type: 'string', description: 'Name of the volume there (by default the same)' },
    to: {
      type: 'string',
      placeholder: 'context',
      description: 'Context to send it to',
      complete: 'context',
    },
  }),
  args: [{ name: 'VOLUME', complete: 'volume' }],
  examples: [
    { text: 'Again and again, little travels', command: 'wharf volume send data --to backup' },
  ],
  async run(context, { from, to, name }, [volume = ''], { signal }) {
    if (to === undefined) throw argumentError('name the context to send it to by --to');
    const source = from === undefined ? await context.engine() : await context.engineOf(from);
    const target = await context.engineOf(to);
    const { changed, removed, unchanged, bytes } = await sendVolume(
      { source: source.volumes, target: target.volumes },
      { name: volume, to: name ?? volume },
      { signal },
    );
    context.io.stdout.write(
      `Sent ${volume} to ${to}: ${changed} changed (${humanSize(bytes, 3)}), ` +
        `${removed} removed, ${unchanged} that were there\n`,
    );
  },
});
