import { DataLossError, type VerifiedPart, type VerifyFrame } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import type { CliContext } from '../../context.js';
import { describeError } from '../../format/errors.js';
import { escapeControls } from '../../format/escape.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';

export default define({
  path: ['image', 'verify'],
  summary: 'Hash everything that images consist of again',
  description:
    'Hash everything that images consist of again, blobs and unpacked layers, and compare it with the digests. ' +
    'The exit code is 1 when something is not as it must be.',
  flags: defineFlags({
    quiet: { type: 'bool', short: 'q', description: 'Only print what is wrong' },
    verbose: { type: 'bool', short: 'v', description: 'Print every part' },
  }),
  args: [{ name: 'IMAGE', multiple: true, complete: 'image' }],
  examples: [
    { text: 'One image', command: 'wharf image verify app:1' },
    { text: 'All of them', command: 'wharf image verify $(wharf images -q)' },
  ],
  async run(context, { quiet, verbose }, names, { signal }) {
    const { images } = await context.engine();
    let failed = false;
    for (const name of names) {
      try {
        const frames = images.verify(name, { signal });
        if ((await report(context, name, frames, { quiet, verbose })) > 0) failed = true;
      } catch (thrown) {
        signal.throwIfAborted();
        const { debug } = context.globals;
        context.io.stderr.write(describeError(thrown, { name: 'wharf', debug }));
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
});

/** @returns the number of problems */
async function report(
  { io }: CliContext,
  name: string,
  frames: AsyncIterable<VerifyFrame>,
  { quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean },
): Promise<number> {
  let bytes = 0;
  for await (const frame of frames) {
    if (frame.kind === 'part') {
      bytes += frame.part.size;
      if (verbose || frame.part.problem !== '') io.stdout.write(partText(frame.part));
      continue;
    }
    const { parts, problems } = frame;
    const found = problems === 0 ? 'all as they must be' : `${problems} damaged`;
    if (!quiet) io.stdout.write(`${name}: ${parts} parts, ${humanSize(bytes)}: ${found}\n`);
    if (problems > 0) {
      io.stderr.write(`wharf: ${name} is damaged: remove it and pull or load it again\n`);
    }
    return problems;
  }
  throw new DataLossError(`the daemon ended before ${name} was verified, try it again`);
}

function partText({ digest, role, problem, size }: VerifiedPart): string {
  const state = problem === '' ? 'ok' : escapeControls(problem);
  return `${digest}  ${role}  ${humanSize(size)}  ${state}\n`;
}
