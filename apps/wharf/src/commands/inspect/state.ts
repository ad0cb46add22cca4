import type { ContainerState, Ended, Health } from '@wharf/core';
import { stateWord } from '../../format/status.js';

const never = '0001-01-01T00:00:00Z';

/** The State of docker's inspect. */
export function stateOf(state: ContainerState): object {
  const { status } = state;
  const ended = endedOf(state);
  const process = 'process' in state ? state.process : undefined;
  const startedAt = 'startedAt' in state ? state.startedAt : ended?.startedAt;
  const health = 'health' in state ? state.health : ended?.health;
  return {
    Status: stateWord(state),
    Running: status === 'running' || status === 'paused' || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: ended?.oomKilled ?? false,
    Dead: status === 'dead',
    Pid: process?.pid ?? 0,
    ExitCode: ended?.exitCode ?? 0,
    Error: ended?.error ?? '',
    StartedAt: startedAt?.toISOString() ?? never,
    FinishedAt: ended?.finishedAt.toISOString() ?? never,
    ...(health === undefined ? {} : { Health: healthOf(health) }),
  };
}

function endedOf(state: ContainerState): Ended | undefined {
  if ('finishedAt' in state) return state;
  return 'previous' in state ? state.previous : undefined;
}

function healthOf({ status, failingStreak, log }: Health): object {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start.toISOString(),
      End: end.toISOString(),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}
