import { canonical, familiar, parseReference, withDefaultTag } from '@wharf/oci';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { progressWriter } from '../../format/progress/index.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { platformFlag } from '../shared/platforms.js';
import { sendImage } from './send-image.js';

export default define({
  path: ['image', 'send'],
  summary: 'Send an image to the daemon of another context, without a registry',
  description:
    'Send an image to the daemon of another context, without a registry. Only the blobs that it lacks are moved, ' +
    'and digests stay as they are. What was interrupted goes on where it ended.',
  usage: '[OPTIONS] --to CONTEXT NAME[:TAG]',
  flags: defineFlags({
    from: {
      type: 'string',
      description: 'Context of the daemon that has the image (by default the current one)',
      complete: 'context',
    },
    name: { type: 'string', description: 'Another name for the image over there' },
    platform: platformFlag('Send this platform alone and no index'),
    quiet: { type: 'bool', short: 'q', description: 'Only print the image ID' },
    to: { type: 'string', description: 'Context of the daemon that gets it', complete: 'context' },
  }),
  args: [{ name: 'NAME', complete: 'image' }],
  examples: [
    { text: 'To production', command: 'wharf image send app:1 --to prod' },
    { text: 'From one machine to another', command: 'wharf image send --from lab --to prod app:1' },
  ],
  async run(context, { from, to, name, platform, quiet }, [image = ''], { signal }) {
    if (to === undefined) throw argumentError('name the context to send it to by --to');
    const { io } = context;
    const source = from === undefined ? await context.engine() : await context.engineOf(from);
    const target = await context.engineOf(to);
    const given = name === undefined ? undefined : canonical(withDefaultTag(parseReference(name)));
    using writer = quiet ? undefined : progressWriter(io.stderr);
    const sent = await sendImage(
      { source: source.contents, target: target.contents },
      { image, name: given, platform, lease: `send-${crypto.randomUUID()}` },
      { signal, progress: (event) => writer?.update(event) },
    );
    writer?.[Symbol.dispose]();
    if (quiet) return io.stdout.write(`${sent.imageId}\n`);
    const { moved, skipped } = sent;
    io.stdout.write(
      `Sent ${familiar(parseReference(sent.name))} to ${to}: moved ${humanSize(moved.bytes, 3)} in ${moved.blobs} blobs, ` +
        `skipped ${humanSize(skipped.bytes, 3)} in ${skipped.blobs} that were there\n${sent.imageId}\n`,
    );
  },
});
