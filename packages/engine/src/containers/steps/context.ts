import { join } from 'node:path';
import type { ContainerId } from '@wharf/core';
import type { ContainerContext } from '../dependencies.js';

/** What steps share with containers, and where their bundles lie. */
export interface StepContext extends Pick<
  ContainerContext,
  'taskPort' | 'host' | 'runtimes' | 'seccomp' | 'networks' | 'defaults' | 'files' | 'logger'
> {
  /** <exec-root>/builds/steps */
  readonly root: string;
}

/** Where one step lies. All of it is ours, and goes with the step. */
export interface StepPaths {
  readonly directory: string;
  /** What a daemon that finds it has to know; there before anything in the kernel is (R6). */
  readonly intent: string;
  readonly etc: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly journal: string;
}

export function stepPaths(root: string, id: ContainerId): StepPaths {
  const directory = join(root, id);
  const bundle = join(directory, 'bundle');
  return {
    directory,
    bundle,
    intent: join(directory, 'step.json'),
    etc: join(directory, 'etc'),
    rootfs: join(bundle, 'rootfs'),
    journal: join(bundle, 'journal.jsonl'),
  };
}
