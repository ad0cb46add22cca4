import type { BuildWarning } from '@wharf/core';
import type { ImportedCache } from '../cache-transfer/imported-cache.js';
import type { BuildsContext, Job } from '../context.js';
import { inStep } from './in-step.js';

/** What `--cache-from` has, without its layers; undefined without any. Nothing of it fails a build. */
export async function importCaches(
  { importCache }: BuildsContext,
  { spec, recorder, claim, signal }: Job,
): Promise<ImportedCache | undefined> {
  const { cacheFrom, credentials } = spec;
  if (cacheFrom.length === 0) return undefined;
  const warn = (message: string): void => recorder.warn(warning(message));
  if (importCache === undefined) {
    warn('this builder imports no cache: --cache-from was left out');
    return undefined;
  }
  return importCache(
    {
      ...{ cacheFrom, credentials, warn },
      hold: (digests) => claim.hold(digests, { signal }),
      inStep: (name, work) => inStep(recorder, name, work),
    },
    { signal },
  );
}

function warning(message: string): BuildWarning {
  return { rule: '', message, detail: '', url: '' };
}
