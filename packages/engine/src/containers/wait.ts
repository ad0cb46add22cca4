import {
  isActive,
  type CallOptions,
  type ContainerState,
  type WaitCondition,
  type WaitResult,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

const nothing: WaitResult = { exitCode: 0, error: '', oomKilled: false };

/** Answers once, when the condition holds; the last known end of a container that is removed meanwhile. */
export async function waitContainer(
  { records }: ContainerContext,
  ref: string,
  condition: WaitCondition,
  { signal }: CallOptions,
): Promise<WaitResult> {
  const { id, state } = records.lookup(ref);
  let last = endOf(state);
  const started = state.status;
  const first = 'finishedAt' in state ? state.finishedAt.getTime() : -1;
  return records.until(() => {
    const now = records.find(id)?.state;
    if (now === undefined) return last ?? nothing;
    last = endOf(now) ?? last;
    if (condition === 'removed') return undefined;
    if (isActive(now)) return undefined;
    if (condition === 'not-running') return last ?? nothing;
    const ended = 'finishedAt' in now ? now.finishedAt.getTime() : -1;
    return isActive(state) || ended !== first || started !== now.status ? last : undefined;
  }, signal);
}

function endOf(state: ContainerState): WaitResult | undefined {
  if (state.status === 'removing') return state.previous;
  if (!('exitCode' in state)) return undefined;
  const { exitCode, error, oomKilled } = state;
  return { exitCode, error, oomKilled };
}
