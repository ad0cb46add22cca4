import { readdirSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWharfError } from '@wharf/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileLayers } from '@wharf/testing';
import type { Bench } from './testing/jail.js';
import { canJail, openBench } from './testing/jail.js';
import { treeOf } from './testing/tree.js';

const signal = new AbortController().signal;

describe.runIf(canJail)('hostile layers', () => {
  let bench: Bench;
  let canary: string;
  const canaryState = () => {
    const { mtimeMs, ctimeMs, ino, mode } = statSync(join(canary, 'file'));
    const outer = statSync(canary);
    const tree = treeOf(canary, bench.native);
    return { mtimeMs, ctimeMs, ino, mode, outer: [outer.mtimeMs, outer.ctimeMs], tree };
  };

  beforeAll(() => {
    bench = openBench();
    canary = join(bench.dir, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'file'), 'untouched');
  });
  afterAll(async () => {
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  const expected = (tree: Readonly<Record<string, string>>) =>
    Object.entries(tree).map(([path, is]): [string, string] => [
      path.replace('CANARY', canary.slice(1)),
      is.replace('CANARY', canary),
    ]);

  for (const [group, rows] of Object.entries(hostileLayers)) {
    test.each(rows)(`${group}: $title`, async (row) => {
      const before = canaryState();
      const outside = readdirSync(bench.dir).filter((name) => !/^(blob|target)-/.test(name));
      const target = bench.target();
      const blobPath = bench.blob(row.layer(canary));
      const outcome = await bench.unpacker
        .unpackLayer(
          {
            source: { blobPath },
            compression: row.compression ?? 'none',
            target,
            ...(row.limits && { limits: row.limits }),
          },
          { signal },
        )
        .catch((error: unknown) => error);
      if (row.refused !== undefined) {
        expect(
          isWharfError(outcome) ? [outcome.code !== 'internal', outcome.message] : outcome,
        ).toEqual([true, expect.stringMatching(row.refused)]);
      } else {
        expect(outcome).toHaveProperty('diffId');
      }
      const tree = treeOf(target, bench.native);
      if (row.tree !== undefined) expect(tree).toEqual(new Map(expected(row.tree)));
      if (row.holds !== undefined)
        expect([...tree]).toEqual(expect.arrayContaining(expected(row.holds)));
      expect(canaryState()).toEqual(before);
      expect(readdirSync(bench.dir).filter((name) => !/^(blob|target)-/.test(name))).toEqual(
        outside,
      );
      await bench.unpacker.removeTree(target, { signal });
      rmSync(blobPath);
    });
  }
});
