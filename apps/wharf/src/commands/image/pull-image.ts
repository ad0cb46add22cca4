import { join } from 'node:path';
import { parseReference, withDefaultTag, familiar } from '@wharf/oci';
import type { CallOptions, PullResult } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import { findCredentials } from '../../client-config.js';
import type { CliContext } from '../../context.js';
import { progressWriter } from '../../format/progress/index.js';
import type { Output } from '../../io/io.js';

export interface PullOptions extends CallOptions {
  readonly platform?: string | undefined;
  /** Where progress goes; undefined is nowhere. */
  readonly progress: Output | undefined;
}

/** Pulls an image with the user's credentials for its registry, showing progress. */
export async function pullImage(
  context: CliContext,
  image: string,
  { platform, progress, signal }: PullOptions,
): Promise<PullResult> {
  const reference = withDefaultTag(parseReference(image));
  const engine = await context.engine();
  const directories = [context.configDirectory, join(context.io.home, '.docker')];
  const credentials = await findCredentials(reference.domain, directories);
  const frames = engine.images.pull(familiar(reference), {
    signal,
    ...(platform === undefined ? {} : { platform }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  progress?.write(`${reference.tag ?? reference.digest}: Pulling from ${reference.path}\n`);
  using writer = progress === undefined ? undefined : progressWriter(progress);
  for await (const frame of frames) {
    if (frame.kind === 'done') return frame.result;
    if (frame.progress.phase !== 'resolving') writer?.update(frame.progress);
  }
  throw new DataLossError(`the pull of ${image} ended without a result, try it again`);
}
