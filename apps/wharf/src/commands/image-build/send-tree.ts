import type { BuildContext } from '@wharf/client';
import type { Builds, CallOptions, TreeChunk, TreeSource } from '@wharf/core';
import type { LocalSteps } from './local-step.js';
import type { OpenContext } from './open-context.js';
import { withoutHidden } from './without-hidden.js';

/** With what directories and archives are sent. */
export interface Sending extends CallOptions {
  readonly builds: Builds;
  readonly steps: LocalSteps;
  readonly openContext: OpenContext;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends what the daemon lacks of a directory.
 * @param dockerfile on the disk, for its ignore file
 */
export async function sendDirectory(
  title: string,
  directory: string,
  { builds, steps, openContext, env, signal }: Sending,
  dockerfile?: string,
): Promise<BuildContext> {
  return steps.run(title, async (report) => {
    const opened = await openContext({
      directory,
      env,
      signal,
      ...(dockerfile === undefined ? {} : { dockerfile }),
    });
    // COPY must not see what is there only for the build itself.
    const tree = await withoutHidden(opened, opened.hidden);
    const source = counted(tree.source, (bytes) => report('transferring', bytes, 0));
    const { receivedBytes } = await builds.syncTree(tree.digest, source, { signal });
    report('transferring', receivedBytes, receivedBytes);
    if (opened.skipped.length > 0) report(leftOut(opened.skipped), 1, 1, 'pieces');
    return { ...opened, digest: tree.digest };
  });
}

const namedAtMost = 5;

function leftOut(paths: readonly string[]): string {
  const more = paths.length > namedAtMost ? ` and ${paths.length - namedAtMost} more` : '';
  return `sockets, pipes and devices are left out: ${paths.slice(0, namedAtMost).join(', ')}${more}`;
}

/** Sends an archive. @returns the digest of the tree */
export async function sendArchive(
  title: string,
  archive: AsyncIterable<Uint8Array>,
  { builds, steps, signal }: Sending,
): Promise<string> {
  return steps.run(title, async (report) => {
    const imported = await builds.importArchive(countedBytes(archive, report), { signal });
    return imported.digest;
  });
}

async function* countedBytes(
  chunks: AsyncIterable<Uint8Array>,
  report: (name: string, current: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    report('transferring', bytes, 0);
    yield chunk;
  }
}

function counted(source: TreeSource, report: (bytes: number) => void): TreeSource {
  let bytes = 0;
  async function* read(digests: readonly string[]): AsyncGenerator<TreeChunk> {
    for await (const chunk of source.read(digests)) {
      bytes += chunk.data.length;
      report(bytes);
      yield chunk;
    }
  }
  return { read };
}
