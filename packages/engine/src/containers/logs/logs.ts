import {
  FailedPreconditionError,
  isActive,
  type CallOptions,
  type LogChunk,
  type LogQuery,
} from '@wharf/core';
import type { ContainerContext } from '../dependencies.js';
import { readLog } from './read.js';

/** The log of a container; with `follow` until the container has ended for good. */
export function containerLogs(
  context: ContainerContext,
  ref: string,
  query: LogQuery,
  { signal }: CallOptions,
): AsyncIterable<LogChunk> {
  const { records } = context;
  const { id, name, resolved } = records.lookup(ref);
  if (resolved.logPath === '') {
    throw new FailedPreconditionError(
      `configured logging driver of container ${name} does not support reading`,
    );
  }
  const ended = (): boolean => {
    const found = records.find(id);
    return found === undefined || !(isActive(found.state) || found.state.status === 'created');
  };
  return readLog(resolved.logPath, query, {
    signal,
    ended,
    untilChange: async (until) => {
      const before = records.find(id)?.state;
      await records.until(() => (records.find(id)?.state === before ? undefined : true), until);
    },
  });
}
