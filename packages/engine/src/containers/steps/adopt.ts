import { readdir } from 'node:fs/promises';
import { isFullId, parseContainerId, type CallOptions, type ContainerId } from '@wharf/core';
import { stepPaths, type StepContext } from './context.js';
import { readIntent } from './intent.js';

/**
 * Ends what a daemon that was killed has left of steps: nobody waits for them any more, so that also a shim that does not
 * answer is ended. Networks of theirs are strays to the networks' own recovery, which comes after.
 */
export async function adoptSteps(context: StepContext, { signal }: CallOptions): Promise<number> {
  const found = await readdir(context.root).catch(() => []);
  const ended = await Promise.all(
    found
      .filter(isFullId)
      .map(parseContainerId)
      .map((id) => tryToEnd(context, id, signal)),
  );
  return ended.filter((is) => is).length;
}

async function tryToEnd(
  context: StepContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await endStep(context, id, signal);
    return true;
  } catch (error) {
    context.logger.error('what is left of a build step could not be ended', { step: id, error });
    return false;
  }
}

async function endStep(
  { taskPort, files, root }: StepContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const paths = stepPaths(root, id);
  const intent = await readIntent(paths);
  if (intent !== undefined) {
    const { bundle } = paths;
    const found = await taskPort.connect(id, bundle, intent.shim, { signal });
    if (found.kind === 'connected') {
      await found.task.remove({ signal }).catch(() => undefined);
      found.task.disconnect();
    }
    await taskPort.cleanUp(id, { bundle, ...intent, signal });
  }
  await files.removeTree(paths.directory, { signal });
}
