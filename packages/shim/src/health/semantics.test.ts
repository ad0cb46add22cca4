import { expect, test } from 'vitest';
import { Capture } from './capture.js';
import { afterProbe, healthSettings, newHealth, probeDelay, type Health } from './semantics.js';

const none = {
  intervalNanos: 0n,
  timeoutNanos: 0n,
  startPeriodNanos: 0n,
  startIntervalNanos: 0n,
  retries: 0,
};

function run(
  probes: readonly (readonly [passed: boolean, sinceStartMs: number])[],
  startPeriodMs = 0,
): Health {
  const settings = { ...healthSettings(none), startPeriodMs };
  return probes.reduce<Health>(
    (health, [passed, sinceStartMs]) => afterProbe(settings, health, { passed, sinceStartMs }),
    newHealth,
  );
}

test('zero means Docker’s defaults', () => {
  expect(healthSettings(none)).toEqual({
    intervalMs: 30_000,
    timeoutMs: 30_000,
    startPeriodMs: 0,
    startIntervalMs: 5_000,
    retries: 3,
  });
});

test('three failures in a row make it unhealthy, one success healthy', () => {
  expect(
    run([
      [false, 1],
      [false, 2],
    ]),
  ).toEqual({ status: 'starting', failingStreak: 2 });
  expect(
    run([
      [false, 1],
      [false, 2],
      [false, 3],
    ]),
  ).toEqual({ status: 'unhealthy', failingStreak: 3 });
  expect(
    run([
      [true, 1],
      [false, 2],
      [false, 3],
    ]),
  ).toEqual({ status: 'healthy', failingStreak: 2 });
  expect(
    run([
      [false, 1],
      [false, 2],
      [false, 3],
      [false, 4],
      [true, 5],
    ]),
  ).toEqual({ status: 'healthy', failingStreak: 0 });
});

test('failures of the start period do not count until it was healthy once', () => {
  expect(
    run(
      [
        [false, 1],
        [false, 2],
        [false, 3],
        [false, 4],
      ],
      100,
    ),
  ).toEqual(newHealth);
  expect(
    run(
      [
        [false, 1],
        [true, 2],
        [false, 3],
        [false, 4],
        [false, 5],
      ],
      100,
    ),
  ).toEqual({ status: 'unhealthy', failingStreak: 3 });
  expect(
    run(
      [
        [false, 1],
        [false, 101],
        [false, 102],
        [false, 103],
      ],
      100,
    ).status,
  ).toBe('unhealthy');
});

test('probes come faster in the start period, until it is healthy', () => {
  const settings = { ...healthSettings(none), startPeriodMs: 60_000 };
  expect(probeDelay(settings, newHealth, 0)).toBe(5_000);
  expect(probeDelay(settings, newHealth, 60_000)).toBe(30_000);
  expect(probeDelay(settings, { status: 'healthy', failingStreak: 0 }, 10)).toBe(30_000);
});

test('output is kept up to the limit, cut between characters', () => {
  const capture = new Capture(10);
  capture.write('stdout', Buffer.from('ééé'));
  expect(capture.text).toBe('ééé');
  capture.write('stderr', Buffer.from('ééé'));
  expect(capture.text).toBe('ééé...');
  expect(Buffer.byteLength(capture.text)).toBeLessThanOrEqual(10);
});
