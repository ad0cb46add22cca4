import { imageKey, type ImageOp } from '@wharf/dockerfile';
import { parseReference } from '@wharf/oci';
import type { OpContext, OpExecutor } from '../executor.js';
import type { OpDependencies } from './dependencies.js';
import { input, platformInput } from './inputs.js';
import { Memo } from './memo.js';
import { isWhole } from './results.js';

/** A base image's layers. Its key is the digest of its manifest: only what is pinned counts. */
export function imageExecutor(deps: OpDependencies): OpExecutor<ImageOp> {
  const { baseImages, baseLayers } = deps;
  const memo = new Memo<string>();
  const digestOf = (op: ImageOp, context: OpContext): Promise<string> => {
    const { spec, signal, pins } = context;
    const { digest, reference, platform } = op;
    if (digest !== undefined) return Promise.resolve(digest);
    return memo.get(`${context.buildId} ${imageKey(reference, platform)}`, async () => {
      const { pull, credentials } = spec;
      const found = await baseImages.resolve(reference, platform, {
        signal,
        pull,
        credentials,
        pins,
      });
      return found.digest;
    });
  };
  return {
    async inputs(op, context) {
      return [
        input('operation', 'image'),
        input('image', await digestOf(op, context)),
        platformInput(op.platform),
      ];
    },
    async execute(op, context) {
      const { reference, platform } = op;
      const { signal, spec, report } = context;
      const digest = await digestOf(op, context);
      const pinned =
        parseReference(reference).digest !== undefined ||
        context.pins.find('image', imageKey(reference, platform)) !== undefined;
      const { config } = await baseLayers.obtain(
        { reference, platform, digest, pinned },
        {
          signal,
          credentials: spec.credentials,
          hold: (digests) => context.hold(digests),
          onProgress: (name, current, total) => report.progress(name, current, total, 'bytes'),
        },
      );
      return { kind: 'layers', diffIds: config.diffIds };
    },
    async isHere(result, context) {
      return isWhole(deps, result, context);
    },
    async believes(op, result, context) {
      const known = await deps.baseLayers.diffIds?.(await digestOf(op, context));
      return result.kind === 'layers' && known?.join() === result.diffIds.join();
    },
  };
}
