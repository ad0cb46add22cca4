import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostFacts } from '@wharf/engine/ports';
import { readHostFacts } from '../host/index.js';
import { featuresOf, isAtLeast } from './abilities.js';
import { parseFeatures, parseVersion } from './probe.js';
import { findRuntimes } from './runtimes.js';

const { signal } = new AbortController();
const directory = mkdtempSync(join(tmpdir(), 'wharf-runtimes-'));
afterAll(() => rmSync(directory, { recursive: true }));
let facts: HostFacts;
beforeAll(async () => {
  facts = await readHostFacts();
});

function fake(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const goodCrun = 'echo "crun version 1.14"; echo "+SYSTEMD +SECCOMP +YAJL"';
const goodRunc =
  'case $1 in features) echo "{\\"mountOptions\\":[\\"rro\\"],\\"linux\\":{\\"namespaces\\":[\\"time\\"]}}";; *) echo "runc version 1.2.0";; esac';
const find = (configured: Record<string, string>, defaultName = '') =>
  findRuntimes({ facts, stateRoot: '/run/state', configured, defaultName, signal });

test('crun is the default, then runc; each has a state of its own', async () => {
  const found = await find({ crun: fake('crun', goodCrun), runc: fake('runc', goodRunc) });
  expect(found.runtimes.map(({ name, version, isDefault }) => [name, version, isDefault])).toEqual([
    ['crun', '1.14', true],
    ['runc', '1.2.0', false],
  ]);
  expect(found.resolve('').name).toBe('crun');
  expect(found.takesCompiledSeccomp('')).toBe(true);
  expect(found.takesCompiledSeccomp('runc')).toBe(false);
  expect(found.supports('runc', 'time')).toBe(true);
  expect(found.supports('crun', 'time')).toBe(false);
  expect(found.entry('runc')).toEqual({
    path: join(directory, 'runc'),
    kind: 'runc',
    globalArgs: ['--root', '/run/state/runc'],
  });
  expect(found.degraded).toEqual([]);
  expect(() => found.resolve('../../bin/sh')).toThrow(
    'unknown or invalid runtime name: ../../bin/sh',
  );
});

test('runtimes that hang, flood, fail or are missing are listed with their problem', async () => {
  const started = performance.now();
  const found = await find({
    crun: fake('hangs', 'sleep 60 & sleep 60'),
    runc: fake('runc', goodRunc),
    floods: fake(
      'floods',
      'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done',
    ),
    fails: fake('fails', 'exit 3'),
    missing: '/nowhere/runtime',
  });
  expect(performance.now() - started).toBeLessThan(8000);
  const problems = Object.fromEntries(found.runtimes.map(({ name, problem }) => [name, problem]));
  expect(problems).toEqual({
    crun: expect.stringMatching(/did not end within 3 s/),
    runc: '',
    floods: expect.stringMatching(/printed too much/),
    fails: expect.stringMatching(/exit code 3/),
    missing: 'it is missing or not executable',
  });
  expect(found.resolve('').name).toBe('runc');
  expect(found.degraded.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['runtime crun', 'runtime floods', 'slow starts']),
  );
  expect(() => found.resolve('crun')).toThrow(/cannot be used/);
}, 15_000);

test('the default can be chosen, but not invented', async () => {
  const own = fake('own', 'echo "youki version 0.3"');
  const found = await find({ own }, 'own');
  expect(found.resolve('')).toMatchObject({ name: 'own', version: '0.3' });
  expect(found.entry('').kind).toBe('other');
  await expect(find({}, 'nope')).rejects.toMatchObject({ code: 'invalid-argument' });
});

test('abilities follow versions, flags, features and the kernel', () => {
  const probe = { kind: 'crun' as const, version: '1.8.1', flags: ['+SECCOMP'], problem: '' };
  const modern = { ...facts, kernelVersion: '6.1.0-13' };
  expect(featuresOf(probe, modern)).toEqual({
    compiledSeccomp: true,
    recursiveReadOnly: true,
    timeNamespace: false,
  });
  expect(featuresOf({ ...probe, flags: [] }, modern).compiledSeccomp).toBe(false);
  expect(featuresOf({ ...probe, version: '0.20' }, modern).compiledSeccomp).toBe(false);
  expect(featuresOf(probe, { ...facts, kernelVersion: '5.10.0' }).recursiveReadOnly).toBe(false);
  expect(isAtLeast('1.10', '1.4')).toBe(true);
  expect(isAtLeast('', '0')).toBe(false);
});

test('whatever a runtime prints is read without harm', () => {
  expect(parseVersion('crun version 1.8.1\ncommit: x\n+A +B\n')).toEqual({
    kind: 'crun',
    version: '1.8.1',
    flags: ['+A', '+B'],
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(['crun', 'runc', 'other']).toContain(parseVersion(text).kind);
      const features = parseFeatures(text);
      if (features !== undefined) expect(Array.isArray(features.mountOptions)).toBe(true);
    }),
  );
});
