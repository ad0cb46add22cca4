import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  AT_FDCWD,
  O_DIRECTORY,
  O_PATH,
  ensurePath,
  loadNative,
  type Native,
} from '@wharf/linux/native';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chownTree } from './chown.js';
import { openBeneath } from './prepare.js';

const folder = join(import.meta.dirname, '../../../linux/native');
const addon = join(folder, 'build/wharf-native.node');
const tries = Number(process.env['WHARF_RACE_TRIES'] ?? 10_000);
/** Milliseconds; some more for more tries. */
const limit = 60_000 + 10 * tries;
/** Each is some milliseconds. */
const copies = Math.ceil(tries / 10);
const root = process.getuid?.() === 0;

/** Swaps two names as fast as it can, until it is told to stop. */
const swapper = `
  const { workerData } = require('node:worker_threads');
  const native = require(workerData.addon);
  const stop = new Int32Array(workerData.stop);
  while (Atomics.load(stop, 0) === 0) {
    native.renameat2(-100, workerData.one, -100, workerData.other, 2);
    Atomics.add(stop, 1, 1);
  }
`;

/** A volume in which \`a/in\` is now a directory, now a link to the canary outside. */
class Scene implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'wharf-swap-'));
  readonly volume = join(this.directory, 'volume');
  readonly canary = join(this.directory, 'canary');
  readonly #stop = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor() {
    mkdirSync(join(this.volume, 'a/in'), { recursive: true });
    writeFileSync(join(this.volume, 'a/in/file'), 'of the volume');
    mkdirSync(this.canary);
    writeFileSync(join(this.canary, 'file'), 'of the host');
    symlinkSync(this.canary, join(this.volume, 'a/link'));
    this.#worker = new Worker(swapper, {
      eval: true,
      workerData: {
        addon,
        stop: this.#stop.buffer,
        one: join(this.volume, 'a/in'),
        other: join(this.volume, 'a/link'),
      },
    });
  }

  get swaps(): number {
    return Atomics.load(this.#stop, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    await new Promise((resolve) => this.#worker.once('exit', resolve));
    rmSync(this.directory, { recursive: true });
  }
}

describe.skipIf(!root)('while a container swaps a directory for a link (P-02, P-03, P-06)', () => {
  let native: Native;

  beforeAll(() => {
    execFileSync(join(folder, 'build.sh'), { stdio: 'inherit' });
    native = loadNative(addon);
  });

  afterAll(() => {
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('wharf-swap-'))).toEqual([]);
  });

  test('a subpath is in the volume or is refused', { timeout: limit }, async () => {
    await using scene = new Scene();
    const outside = statSync(scene.canary).ino;
    const seen = { inside: 0, refused: 0 };
    for (let at = 0; at < tries; at++) {
      try {
        const fd = openBeneath(native, scene.volume, 'a/in');
        expect(native.statAt(fd, '')?.inode).not.toBe(BigInt(outside));
        closeSync(fd);
        seen.inside++;
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringMatching(/link|EAGAIN/) as string });
        seen.refused++;
      }
    }
    expect(seen.inside).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
    expect(scene.swaps).toBeGreaterThan(100);
  });

  test('a place for a mount is made inside or not at all (P-02)', { timeout: limit }, async () => {
    await using scene = new Scene();
    let made = 0;
    for (let at = 0; at < tries; at++) {
      try {
        ensurePath(native, scene.volume, {
          path: `/a/in/place-${at}`,
          directory: at % 2 === 0,
        });
        made++;
      } catch {
        // In the middle of a swap; the canary says whether something else was touched.
      }
      expect(readdirSync(scene.canary)).toEqual(['file']);
    }
    expect(made).toBeGreaterThan(0);
    expect(scene.swaps).toBeGreaterThan(100);
    expect(readFileSync(join(scene.canary, 'file'), 'utf8')).toBe('of the host');
  });

  test('its owner is changed inside alone', { timeout: limit }, async () => {
    await using scene = new Scene();
    const top = native.openat2(AT_FDCWD, scene.volume, O_PATH | O_DIRECTORY, 0, 0);
    for (let at = 0; at < tries; at++) {
      chownTree(native, top, { uid: 1000 + (at % 2), gid: 1000 });
      expect(statSync(join(scene.canary, 'file')).uid).toBe(0);
    }
    closeSync(top);
    expect(statSync(scene.canary).uid).toBe(0);
  });

  test('a copy has nothing of the host', { timeout: limit }, async () => {
    await using scene = new Scene();
    const from = native.openat2(AT_FDCWD, scene.volume, O_PATH | O_DIRECTORY, 0, 0);
    for (let at = 0; at < copies; at++) {
      const target = join(scene.directory, 'copy');
      mkdirSync(target);
      const to = native.openat2(AT_FDCWD, target, O_PATH | O_DIRECTORY, 0, 0);
      await native.copyTree(from, to, false);
      closeSync(to);
      for (const name of ['in', 'link']) {
        const place = join(target, 'a', name);
        if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
        for (const file of readdirSync(place))
          expect(readFileSync(join(place, file), 'utf8')).toBe('of the volume');
      }
      rmSync(target, { recursive: true });
    }
    closeSync(from);
  });
});
