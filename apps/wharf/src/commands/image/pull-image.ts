import { parseReference, withDefaultTag, familiar } from '@wharf/oci';
import type { CallOptions, PullFrame, PullResult } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { userCredentials } from '../../credentials/credentials.js';
import { progressWriter, type ProgressWriter } from '../../format/progress/index.js';
import type { Output } from '../../io/io.js';
import { platformOption } from '../shared/platforms.js';

export interface PullOptions extends CallOptions {
  readonly platform?: string | undefined;
  readonly allPlatforms?: boolean;
  /** Every tag of the repository. */
  readonly allTags?: boolean;
  /** Where progress goes; undefined is nowhere. */
  readonly progress: Output | undefined;
  /** Told of each image when it is there. */
  readonly pulled?: (result: PullResult) => void;
}

/** Pulls an image, or all of a repository, with the user's credentials for its registry, showing progress. */
export async function pullImage(
  context: CliContext,
  image: string,
  options: PullOptions,
): Promise<PullResult> {
  const { progress, pulled } = options;
  const frames = await startPull(context, image, options);
  let writer: ProgressWriter | undefined;
  let last: PullResult | undefined;
  try {
    for await (const frame of frames) {
      if (frame.kind === 'done') {
        // What is drawn stays as it is; the next tag is drawn below.
        writer?.[Symbol.dispose]();
        writer = undefined;
        last = frame.result;
        pulled?.(last);
      } else if (progress !== undefined && frame.progress.phase !== 'resolving') {
        writer ??= progressWriter(progress);
        writer.update(frame.progress);
      }
    }
  } finally {
    writer?.[Symbol.dispose]();
  }
  if (last !== undefined) return last;
  throw new DataLossError(`the pull of ${image} ended without a result, try it again`);
}

async function startPull(
  context: CliContext,
  name: string,
  { platform, allPlatforms = false, allTags = false, signal, progress }: PullOptions,
): Promise<AsyncIterable<PullFrame>> {
  const named = parseReference(name);
  const reference = allTags ? named : withDefaultTag(named);
  const { images } = await context.engine();
  const credentials = await userCredentials(context).find(reference.domain, { signal });
  const what = allTags ? '' : `${reference.tag ?? reference.digest}: `;
  progress?.write(`${what}Pulling from ${reference.path}\n`);
  return images.pull(familiar(reference), {
    signal,
    ...platformOption(platform),
    ...(allPlatforms ? { allPlatforms } : {}),
    ...(allTags ? { allTags } : {}),
    ...(credentials === undefined ? {} : { credentials }),
  });
}
