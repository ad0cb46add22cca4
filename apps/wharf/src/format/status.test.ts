import type { ContainerState, Health } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { agoText, localTime, stateWord, statusText } from './status.js';

const now = new Date('2024-05-01T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
const process = { pid: 1, startTicks: 1n, bootId: 'b' };
const running = { process, shim: process };
const ended = { exitCode: 0, error: '', oomKilled: false, startedAt: ago(10) };
const health = (status: Health['status']): Health => ({ status, failingStreak: 0, log: [] });

test.each<[ContainerState, string]>([
  [{ status: 'created' }, 'Created'],
  [{ status: 'starting', since: now }, 'Created'],
  [{ status: 'running', ...running, startedAt: ago(3) }, 'Up 3 seconds'],
  [{ status: 'running', ...running, startedAt: now }, 'Up Less than a second'],
  [
    { status: 'running', ...running, startedAt: ago(150), health: health('healthy') },
    'Up 2 minutes (healthy)',
  ],
  [
    { status: 'running', ...running, startedAt: ago(5), health: health('starting') },
    'Up 5 seconds (health: starting)',
  ],
  [{ status: 'paused', ...running, startedAt: ago(5) }, 'Up 5 seconds (Paused)'],
  [{ status: 'exited', ...ended, finishedAt: ago(3) }, 'Exited (0) 3 seconds ago'],
  [
    { status: 'exited', ...ended, exitCode: 137, finishedAt: ago(7200) },
    'Exited (137) 2 hours ago',
  ],
  [
    { status: 'exited', exitCode: 127, error: 'x', oomKilled: false, finishedAt: ago(1) },
    'Created',
  ],
  [
    { status: 'restarting', shim: process, ...ended, exitCode: 1, finishedAt: ago(2) },
    'Restarting (1) 2 seconds ago',
  ],
  [{ status: 'removing' }, 'Removal In Progress'],
  [{ status: 'dead', ...ended, finishedAt: ago(2) }, 'Dead'],
])('%# is $1', (state, text) => {
  expect(statusText(state, now)).toBe(text);
});

describe('times', () => {
  test('a clock that was set back shows no negative time', () => {
    expect(statusText({ status: 'running', ...running, startedAt: ago(-60) }, now)).toBe(
      'Up Less than a second',
    );
    expect(agoText(ago(60 * 60 * 24 * 3), now)).toBe('3 days ago');
  });

  test('starting is shown as created', () => {
    expect(stateWord({ status: 'starting', since: now })).toBe('created');
    expect(stateWord({ status: 'paused', ...running, startedAt: now })).toBe('paused');
  });

  test('a moment in the local zone reads as that moment', () => {
    const text = localTime(now);
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} ([A-Z]{2,5}|[+-]\d{2,4})$/);
    const [day, clock, offset = ''] = text.split(' ');
    const zone = `${offset.slice(0, 3)}:${offset.slice(3)}`;
    expect(new Date(`${day}T${clock}${zone}`)).toEqual(now);
  });
});
