import { readdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFullId, parseContainerId, type CallOptions, type ContainerId } from '@wharf/core';
import { stepPaths, type StepContext } from './context.js';
import { readIntent } from './intent.js';

const againMs = 5000;

/**
 * Ends what a daemon that was killed has left of steps: nobody waits for them any more. Networks of theirs are strays
 * to the networks' own recovery, which comes after. A shim that does not answer is tried on in the background.
 */
export async function adoptSteps(context: StepContext, { signal }: CallOptions): Promise<number> {
  const found = await readdir(context.root).catch(() => []);
  const ids = found.filter(isFullId).map(parseContainerId);
  const ended = await Promise.all(
    ids.map((id) =>
      endStep(context, id, signal).catch((error: unknown) => {
        context.logger.error('what is left of a build step could not be ended', {
          step: id,
          error,
        });
        return 'failed' as const;
      }),
    ),
  );
  ids.forEach((id, at) => {
    if (ended[at] === 'silent') void endLater(context, id, signal);
  });
  return ended.filter((how) => how === 'ended').length;
}

type Ending = 'ended' | 'silent';

async function endStep(
  context: StepContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<Ending> {
  const { taskPort, files } = context;
  const paths = stepPaths(context.root, id);
  const intent = await readIntent(paths);
  if (intent !== undefined) {
    const found = await taskPort.connect(id, paths.bundle, undefined, { signal });
    if (found.kind === 'silent') return 'silent';
    if (found.kind === 'connected') {
      await found.task.remove({ signal });
      found.task.disconnect();
    }
    await taskPort.cleanUp(id, { bundle: paths.bundle, ...intent, signal });
  }
  await files.removeTree(paths.directory, { signal });
  return 'ended';
}

async function endLater(context: StepContext, id: ContainerId, signal: AbortSignal): Promise<void> {
  try {
    do await sleep(againMs, undefined, { signal, ref: false });
    while ((await endStep(context, id, signal)) === 'silent');
    await rm(stepPaths(context.root, id).directory, { recursive: true, force: true });
  } catch (error) {
    if (signal.aborted) return;
    context.logger.error('what is left of a build step could not be ended', { step: id, error });
  }
}
