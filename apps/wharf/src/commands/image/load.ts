import type { LoadedImage, LoadProgress } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import type { CliContext } from '../../context.js';
import { progressWriter, type ProgressEvent } from '../../format/progress/index.js';
import type { CliIo } from '../../io/io.js';
import { define } from '../define.js';
import { readFileChunks } from '../shared/input-file.js';
import { platformsFlag, splitPlatforms } from '../shared/platforms.js';

export default define({
  path: ['image', 'load'],
  aliases: [['load']],
  summary: 'Load an image from a tar archive or STDIN',
  flags: defineFlags({
    input: {
      type: 'string',
      short: 'i',
      default: '',
      description: 'Read from tar archive file, instead of STDIN',
      complete: 'file',
    },
    platform: platformsFlag('Load only the given platform variants'),
    quiet: { type: 'bool', short: 'q', description: 'Suppress the load output' },
  }),
  args: [],
  examples: [
    { text: 'From a file', command: 'wharf load -i app.tar' },
    { text: 'From another engine', command: 'docker save app:1 | wharf load' },
  ],
  async run(context, { input, platform, quiet }, _args, { signal }) {
    const archive = input === '' ? standardInput(context.io) : readFileChunks(input);
    const platforms = splitPlatforms(platform);
    const options = { signal, ...(platforms.length === 0 ? {} : { platforms }) };
    const loaded = await load(context, archive, { ...options, quiet });
    for (const image of loaded) context.io.stdout.write(loadedText(image));
  },
});

function standardInput({ stdin }: CliIo): AsyncIterable<Uint8Array> {
  if (!stdin.isTTY) return stdin.read();
  throw new FailedPreconditionError('requested load from stdin, but stdin is empty');
}

interface LoadOptions {
  readonly signal: AbortSignal;
  readonly platforms?: readonly string[];
  readonly quiet: boolean;
}

async function load(
  { engine, io }: CliContext,
  archive: AsyncIterable<Uint8Array>,
  { quiet, ...options }: LoadOptions,
): Promise<LoadedImage[]> {
  const { images } = await engine();
  const loaded: LoadedImage[] = [];
  using writer = quiet || !io.stdout.isTTY ? undefined : progressWriter(io.stdout);
  for await (const frame of images.load(archive, options)) {
    if (frame.kind === 'loaded') loaded.push(frame.image);
    else writer?.update(loadEvent(frame.progress));
  }
  return loaded;
}

function loadEvent(progress: LoadProgress): ProgressEvent {
  return progress.phase === 'done' ? { ...progress, phase: 'loaded' } : progress;
}

function loadedText({ reference, imageId, replaced }: LoadedImage): string {
  const renamed =
    replaced === '' || replaced === imageId
      ? ''
      : `The image ${reference} already exists, renaming the old one with ID ${replaced} to empty string\n`;
  const name = reference === '' ? `Loaded image ID: ${imageId}` : `Loaded image: ${reference}`;
  return `${renamed}${name}\n`;
}
