import type { WaitStatus } from '@wharf/linux/native';
import { expect, test } from 'vitest';
import { settle } from '../testing.js';
import { exitCodeOf, Reaper } from './reaper.js';

class Children {
  readonly alive = new Set<number>();
  readonly zombies = new Map<number, WaitStatus>();
  /** Exist, but are not ours. */
  readonly strangers = new Set<number>();

  die(pid: number, code: number): void {
    this.alive.delete(pid);
    this.zombies.set(pid, { pid, code, signal: undefined });
  }

  exists(pid: number): boolean {
    return this.alive.has(pid) || this.zombies.has(pid) || this.strangers.has(pid);
  }

  waitpid(pid: number): WaitStatus | null {
    const status = pid === -1 ? [...this.zombies.values()][0] : this.zombies.get(pid);
    if (status !== undefined) {
      this.zombies.delete(status.pid);
      return status;
    }
    if (pid === -1 ? this.alive.size > 0 : this.alive.has(pid)) return null;
    throw Object.assign(new TypeError('no child'), { code: 'ECHILD' });
  }
}

function setUp() {
  const children = new Children();
  return { children, reaper: new Reaper(children, (pid) => children.exists(pid)) };
}

test('a waiter gets the status, orphans are collected', async () => {
  const { children, reaper } = setUp();
  children.alive.add(5).add(6);
  const ended = reaper.wait(5);
  children.die(6, 0);
  children.die(5, 3);
  reaper.collect();
  expect(exitCodeOf(await ended)).toBe(3);
  expect(children.zombies.size).toBe(0);
});

test('while held, a process that ends before its pid is known keeps its status', async () => {
  const { children, reaper } = setUp();
  const release = reaper.hold();
  children.alive.add(5);
  children.die(5, 9);
  reaper.collect();
  const ended = reaper.wait(5);
  release();
  expect(exitCodeOf(await ended)).toBe(9);
});

test('a process that is not ours yet is waited for, one that is gone is given up', async () => {
  const { children, reaper } = setUp();
  children.strangers.add(5);
  let done = false;
  const ended = reaper.wait(5).finally(() => (done = true));
  reaper.collect();
  await settle();
  expect(done).toBe(false);
  children.strangers.delete(5);
  children.die(5, 4);
  reaper.collect();
  expect(exitCodeOf(await ended)).toBe(4);
  expect(exitCodeOf(await reaper.wait(77))).toBe(255);
});

test('a signal becomes 128 and its number', () => {
  expect(exitCodeOf({ code: undefined, signal: 9 })).toBe(137);
});
