import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { program, run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { buildOutput, contextOf, lines } from '../support/build-context.js';

const folder = await tempDir();
afterAll(folder.remove);
const config = join(folder.path, 'wharfd.toml');
await writeFile(
  config,
  '[build]\nentitlements = ["network.host", "security.insecure", "device"]\n',
);
const none = join(folder.path, 'none.toml');
await writeFile(none, '[build]\nentitlements = []\n');
const plain = useEngine({ flags: ['--config-file', none] });
const usual = useEngine();
const granting = useEngine({ flags: ['--config-file', config] });

interface Wish {
  readonly entitlement: string;
  readonly flags: readonly string[];
  readonly step: string;
  /** What the step tells when it has what it wants. */
  readonly had: RegExp;
}

const wishes: readonly Wish[] = [
  {
    entitlement: 'security.insecure',
    flags: [],
    step: 'RUN --security=insecure mount -t tmpfs x /mnt && echo had',
    had: /^had$/m,
  },
  {
    entitlement: 'network.host',
    flags: [],
    step: 'RUN --network=host readlink /proc/self/ns/net',
    had: /^net:\[\d+\]$/m,
  },
  {
    entitlement: 'network.host',
    flags: ['--network', 'host'],
    step: 'RUN readlink /proc/self/ns/net',
    had: /^net:\[\d+\]$/m,
  },
  {
    entitlement: 'device',
    flags: [],
    step: 'RUN --device=/dev/fuse test -c /dev/fuse && echo had',
    had: /^had$/m,
  },
];

async function build(
  engine: typeof plain,
  { flags, step }: Wish,
  ...allow: string[]
): Promise<{ readonly code: number; readonly stderr: string }> {
  const context = await contextOf({ Dockerfile: lines('FROM busybox', 'RUN mkdir -p /mnt', step) });
  return engine.cli(['build', '--progress', 'plain', '--no-cache', ...flags, ...allow, context]);
}

describe.each(wishes)('$entitlement by $flags $step', (wish) => {
  const { entitlement, had } = wish;

  test('is refused by a daemon that grants nothing, whatever the caller allows', async () => {
    for (const allow of [[], ['--allow', entitlement]]) {
      const { code, stderr } = await build(plain, wish, ...allow);
      expect(code).toBe(1);
      expect(stderr).toContain(entitlement);
      expect(buildOutput(stderr)).not.toMatch(had);
    }
  });

  // --network host is a caller's own word.
  test.skipIf(wish.flags.length > 0)('is refused where the caller does not allow it', async () => {
    const { code, stderr } = await build(granting, wish);
    expect(code).toBe(1);
    expect(stderr).toContain(`--allow ${entitlement}`);
    expect(buildOutput(stderr)).not.toMatch(had);
  });

  test('is had where both say so', async () => {
    const { code, stderr } = await build(granting, wish, '--allow', entitlement);
    expect(code, stderr).toBe(0);
    expect(buildOutput(stderr)).toMatch(had);
  });
});

test('a daemon that was not told grants the network of the host alone', async () => {
  for (const wish of wishes) {
    const { code, stderr } = await build(usual, wish, '--allow', wish.entitlement);
    expect(code, stderr).toBe(wish.entitlement === 'network.host' ? 0 : 1);
  }
});

test('one is not another', async () => {
  const [insecure] = wishes as [Wish];
  const { code, stderr } = await build(granting, insecure, '--allow', 'network.host');
  expect(code).toBe(1);
  expect(stderr).toContain('security.insecure');
});

test('what is asked for by a trigger of a base needs the same', async () => {
  const stdin = lines('FROM busybox', 'ONBUILD RUN --security=insecure id');
  await granting.ok(['build', '-q', '-t', 'trap', '-'], { stdin });
  const { stderr } = await granting.refused(['build', '-'], { stdin: 'FROM trap\n' });
  expect(stderr).toContain('--allow security.insecure');
});

test('a configuration that grants what is not known is refused', async () => {
  const wrong = join(folder.path, 'wrong.toml');
  await writeFile(wrong, '[build]\nentitlements = ["everything"]\nallow-private = ["http://x/"]\n');
  const { code, stderr } = await run(program('wharfd'), ['--validate', '--config-file', wrong]);
  expect(code).not.toBe(0);
  expect(stderr).toContain('build.entitlements');
  expect(stderr).toContain('build.allow-private');
});
