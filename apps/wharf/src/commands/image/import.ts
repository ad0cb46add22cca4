import { FailedPreconditionError, UnavailableError, type CallOptions } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import type { CliIo } from '../../io/io.js';
import { define } from '../define.js';
import { readFileChunks } from '../shared/input-file.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'import'],
  aliases: [['import']],
  summary: 'Import the contents from a tarball to create a filesystem image',
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  flags: defineFlags({
    change: {
      type: 'strings',
      short: 'c',
      description: 'Apply Dockerfile instruction to the created image',
    },
    message: {
      type: 'string',
      short: 'm',
      default: '',
      description: 'Set commit message for imported image',
    },
    platform: platformFlag('Set the platform of the image'),
  }),
  args: [
    { name: 'FILE', complete: 'file' },
    { name: 'REPOSITORY', optional: true, complete: 'image' },
  ],
  examples: [
    {
      text: 'What export has written, with a command to run',
      command: 'wharf import -c \'CMD ["sh"]\' rootfs.tar app:flat',
    },
    { text: 'From standard input', command: 'tar -C rootfs -c . | wharf import - app:flat' },
  ],
  async run(context, { change, message, platform }, [source = '', name], { signal }) {
    const archive = openSource(context.io, source, { signal });
    const { images } = await context.engine();
    const { imageId } = await images.import(archive, {
      signal,
      ...platformOption(platform),
      ...(name === undefined ? {} : { name }),
      ...(message === '' ? {} : { message }),
      ...(change.length === 0 ? {} : { changes: change }),
    });
    context.io.stdout.write(`${imageId}\n`);
  },
});

function openSource(io: CliIo, source: string, options: CallOptions): AsyncIterable<Uint8Array> {
  if (/^https?:\/\//i.test(source)) return fetchChunks(source, options);
  if (source !== '-') return readFileChunks(source);
  if (!io.stdin.isTTY) return io.stdin.read();
  throw new FailedPreconditionError('requested import from stdin, but stdin is a terminal');
}

/** Fetched here and not by the daemon, which shall reach no more than registries. */
async function* fetchChunks(url: string, { signal }: CallOptions): AsyncGenerator<Uint8Array> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : 'no answer';
    throw new UnavailableError(`cannot fetch ${url}: ${why}`, { cause });
  });
  if (!response.ok || response.body === null) {
    throw new UnavailableError(`cannot fetch ${url}: the server answers ${response.status}`);
  }
  yield* response.body;
}
