import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMigrationPrimer, ownGroup } from './migration-primer.js';

const table = '3:pids:/system/wharf\n2:cpu,cpuacct:/\n0::/unified/wharf\n';

describe('ownGroup', () => {
  test('names the pids hierarchy on v1 and the only one on v2', () => {
    expect(ownGroup(table, 1)).toBe('pids/system/wharf');
    expect(ownGroup(table, 2)).toBe('/unified/wharf');
  });

  test('there is none without that hierarchy, nor outside the namespace', () => {
    expect(ownGroup('0::/\n', 1)).toBeUndefined();
    expect(ownGroup('0::/../other\n', 2)).toBeUndefined();
  });
});

describe('createMigrationPrimer', () => {
  const root = mkdtempSync(join(tmpdir(), 'primer-'));
  const membership = join(root, 'membership');
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function group(members: string): string {
    mkdirSync(join(root, 'pids/system/wharf'), { recursive: true });
    writeFileSync(membership, table);
    const procs = join(root, 'pids/system/wharf/cgroup.procs');
    writeFileSync(procs, members);
    return procs;
  }

  test('moves this process to the group that it is in', async () => {
    const procs = group(`1\n${process.pid}\n`);
    const prime = createMigrationPrimer({ version: 1, root, membership });
    prime();
    prime();
    await vi.waitFor(() =>
      expect(readFileSync(procs, 'utf8').startsWith(`${process.pid}`)).toBe(true),
    );
  });

  test('moves it nowhere else', async () => {
    const procs = group('1\n');
    createMigrationPrimer({ version: 1, root, membership })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(procs, 'utf8')).toBe('1\n');
  });

  test('makes no group and says nothing where there is none', async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(membership, table);
    createMigrationPrimer({ version: 2, root, membership })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => readFileSync(join(root, 'unified/wharf/cgroup.procs'))).toThrow('ENOENT');
  });
});
