import type { PushFrame, PushProgress, PushResult } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import { parseReference } from '@wharf/oci';
import { progressWriter, type ProgressEvent } from '../../format/progress/index.js';
import type { CliIo } from '../../io/io.js';

/**
 * Shows a push or a copy while it lasts.
 * @returns what was pushed, a result for each tag. @throws data-loss when the daemon ends without one
 */
export async function showPush(
  io: CliIo,
  frames: AsyncIterable<PushFrame>,
  { quiet, what }: { readonly quiet: boolean; readonly what: string },
): Promise<readonly PushResult[]> {
  const results: PushResult[] = [];
  const notes: string[] = [];
  {
    using writer = quiet ? undefined : progressWriter(io.stdout);
    for await (const frame of frames) {
      if (frame.kind === 'progress') writer?.update(pushEvent(frame.progress));
      else if (frame.kind === 'note') notes.push(frame.message);
      else results.push(frame.result);
    }
  }
  for (const note of notes) io.stderr.write(`Info: ${note}\n`);
  if (results.length === 0) {
    throw new DataLossError(`the ${what} ended without a result, try it again`);
  }
  return results;
}

/** The line that scripts look for at the end of a push; docker names the tag alone. */
export function pushedLine({ reference, ...result }: PushResult): string {
  const { tag = reference } = parseReference(reference);
  return resultLine({ ...result, reference: tag });
}

export function resultLine({ reference, digest, size }: Omit<PushResult, 'mediaType'>): string {
  return `${reference}: digest: ${digest} size: ${size}\n`;
}

function pushEvent({ from, phase, ...progress }: PushProgress): ProgressEvent {
  return {
    ...progress,
    phase: phase === 'exists' ? 'layer-exists' : phase,
    ...(from === undefined ? {} : { detail: from }),
  };
}
