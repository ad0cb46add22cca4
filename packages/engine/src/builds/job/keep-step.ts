import type { BuildsContext, Job } from '../context.js';
import type { FailedStep } from '../executor.js';

const holdMs = 60_000;

/** Keeps what a failed step has left, with a claim of its own on its layers: the build's ends with the build, which waits for it. */
export function keepStep(
  { claims, keepFailed }: Pick<BuildsContext, 'claims' | 'keepFailed'>,
  { id, ends }: Pick<Job, 'id' | 'ends'>,
  step: FailedStep,
): void {
  const claim = claims.openOnce('build');
  const holding = claim.hold(step.layers, { signal: AbortSignal.timeout(holdMs) });
  holding.catch(() => undefined);
  ends.defer(() => holding.catch(() => undefined));
  keepFailed(id, {
    layers: step.layers,
    open: (request, options) => step.open(request, options),
    async [Symbol.asyncDispose]() {
      try {
        await step[Symbol.asyncDispose]();
      } finally {
        claim.abandon();
      }
    },
  });
}
