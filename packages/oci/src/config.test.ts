import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyRuntimeConfig, parseConfig } from './config.js';
import { serialiseConfig } from './config-write.js';

const digest = `sha256:${'cd'.repeat(32)}`;
const image = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-31T12:00:00.123456789Z',
  author: 'me',
  config: {
    User: '1000:www',
    ExposedPorts: { '80/tcp': {}, '443': {}, '1-65535/sctp': {} },
    Env: ['PATH=/bin', 'EMPTY='],
    Entrypoint: ['/e'],
    Cmd: ['a', ''],
    Volumes: { '/data/': {}, '/x/../y': {} },
    WorkingDir: 'srv//app',
    Labels: { a: 'b', __proto__x: 'c' },
    StopSignal: 'SIGQUIT',
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 30_000_000_000, Retries: 3 },
    Shell: ['/bin/sh', '-c'],
    OnBuild: null,
    ArgsEscaped: true,
    Hostname: '',
  },
  rootfs: { type: 'layers', diff_ids: [digest] },
  history: [
    { created: '2026-01-01T00:00:00Z', created_by: 'ADD x', comment: 'c' },
    { created_by: 'CMD', empty_layer: true },
  ],
};

/** The message comes first so that it is in the title. */
function messageFirst(cases: [object, string][]): [string, object][] {
  return cases.map(([input, message]) => [message, input]);
}

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const withConfig = (config: object) => parseConfig(bytes({ ...image, config }));

describe('parseConfig', () => {
  test('reads all members', () => {
    const { config, ...rest } = parseConfig(bytes(image));
    expect(rest).toEqual({
      platform: { os: 'linux', architecture: 'amd64', variant: '' },
      created: image.created,
      author: 'me',
      diffIds: [digest],
      history: [
        { createdAt: new Date('2026-01-01'), createdBy: 'ADD x', comment: 'c', emptyLayer: false },
        { createdBy: 'CMD', comment: '', emptyLayer: true },
      ],
    });
    expect(config).toEqual({
      user: '1000:www',
      exposedPorts: ['1-65535/sctp', '443/tcp', '80/tcp'],
      env: ['PATH=/bin', 'EMPTY='],
      entrypoint: ['/e'],
      command: ['a', ''],
      volumes: ['/data', '/y'],
      workdir: '/srv/app',
      labels: { a: 'b', __proto__x: 'c' },
      stopSignal: 'SIGQUIT',
      healthcheck: {
        test: ['CMD-SHELL', 'true'],
        intervalNanos: 30_000_000_000n,
        timeoutNanos: 0n,
        startPeriodNanos: 0n,
        startIntervalNanos: 0n,
        retries: 3,
      },
      shell: ['/bin/sh', '-c'],
      onBuild: [],
    });
  });

  test('the least image has empty defaults', () => {
    const least = {
      architecture: 'arm64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: null },
    };
    const parsed = parseConfig(bytes({ ...least, config: null, history: null }));
    expect(parsed.config).toEqual(emptyRuntimeConfig());
    expect(parsed).toMatchObject({ author: '', diffIds: [], history: [] });
    expect(parsed).not.toHaveProperty('created');
  });

  test('a label named __proto__ is a label', () => {
    const text = JSON.stringify(image).replace('__proto__x', '__proto__');
    const { labels } = parseConfig(bytes(text)).config;
    expect(Object.keys(labels)).toEqual(['a', '__proto__']);
    expect(serialiseConfig(parseConfig(bytes(text)))).toEqual(
      serialiseConfig(parseConfig(serialiseConfig(parseConfig(bytes(text))))),
    );
  });

  test.each(
    messageFirst([
      [{ os: { x: 1 } }, 'os: must be a string'],
      [{ os: '' }, 'os'],
      [{ os: undefined }, 'os: is missing'],
      [{ architecture: ['amd64'] }, 'architecture: must be a string'],
      [{ architecture: '../x' }, 'architecture'],
      [{ created: '99999-01-01T00:00:00Z' }, 'created'],
      [{ created: 7 }, 'created'],
      [{ rootfs: undefined }, 'rootfs: is missing'],
      [{ rootfs: { type: 'tree', diff_ids: [] } }, 'rootfs.type'],
      [{ rootfs: { type: 'layers', diff_ids: ['sha256:1'] } }, 'rootfs.diff_ids[0]'],
      [{ rootfs: { type: 'layers', diff_ids: Array(129).fill(digest) } }, 'the limit is 128'],
      [{ history: Array(4097).fill({}) }, 'the limit is 4096'],
      [{ config: 'x' }, 'config: must be an object'],
    ]),
  )('refuses what it answers with %s (%#)', (message, change) => {
    expect(() => parseConfig(bytes({ ...image, ...change }))).toThrow(message);
  });

  test.each(
    messageFirst([
      [{ Env: ['FOO'] }, 'config.Env[0]: invalid environment variable'],
      [{ Env: ['=x'] }, 'config.Env[0]'],
      [{ Env: ['A=x\0y'] }, 'NUL'],
      [{ Env: [7] }, 'config.Env[0]: must be a string'],
      [{ Env: Array(4097).fill('A=b') }, 'the limit is 4096'],
      [{ Env: [`A=${'x'.repeat(131_072)}`] }, 'longer than'],
      [{ Entrypoint: 'sh' }, 'config.Entrypoint: must be a list'],
      [{ Cmd: Array(4097).fill('') }, 'the limit is 4096'],
      [{ Cmd: ['a\0'] }, 'NUL'],
      [{ User: 'a\nb' }, 'control characters'],
      [{ User: 'x'.repeat(300) }, 'longer than'],
      [{ WorkingDir: '/proc/self/fd/7' }, 'lies in /proc'],
      [{ WorkingDir: '/a/../proc//self' }, 'lies in /proc'],
      [{ WorkingDir: `/${'x'.repeat(1 << 20)}` }, 'longer than'],
      [{ Volumes: { '/': {} } }, "destination can't be '/'"],
      [{ Volumes: { '/a/..': {} } }, "destination can't be '/'"],
      [{ Volumes: { data: {} } }, 'must be absolute'],
      [{ Volumes: { '': {} } }, 'must be absolute'],
      [{ Volumes: { '/proc/1': {} } }, 'lies in /proc'],
      [{ Volumes: ['/x'] }, 'must be an object'],
      [{ ExposedPorts: { '99999/tcp': {} } }, 'invalid port'],
      [{ ExposedPorts: { '0/tcp': {} } }, 'invalid port'],
      [{ ExposedPorts: { '80/icmp': {} } }, 'invalid port'],
      [{ ExposedPorts: { '9-8': {} } }, 'invalid port'],
      [{ StopSignal: 'SIG; rm' }, 'invalid signal'],
      [{ StopSignal: '9999' }, 'invalid signal'],
      [{ StopSignal: 15 }, 'must be a string'],
      [{ Healthcheck: { Interval: -1 } }, 'Healthcheck.Interval'],
      [{ Healthcheck: { Interval: 5 } }, 'cannot be less than 1ms'],
      [{ Healthcheck: { Interval: 2 ** 63 } }, 'beyond 2^53-1'],
      [{ Healthcheck: { Test: ['CMD'] } }, 'Healthcheck.Test'],
      [{ Healthcheck: { Test: ['RUN', 'x'] } }, 'Healthcheck.Test'],
      [{ Labels: { a: null } }, 'must be a string'],
      [{ ArgsEscaped: 'yes' }, 'must be true or false'],
    ]),
  )('refuses what it answers with %s (%#)', (message, config) => {
    expect(() => withConfig(config)).toThrow(message);
  });

  test('.. in paths ends at the root', () => {
    expect(withConfig({ WorkingDir: '/../../etc' }).config.workdir).toBe('/etc');
    expect(withConfig({ WorkingDir: '..' }).config.workdir).toBe('/');
  });
});

describe('serialiseConfig', () => {
  test('reads back equal, and to the same bytes', () => {
    const parsed = parseConfig(bytes(image));
    const written = serialiseConfig(parsed);
    expect(parseConfig(written)).toEqual(parsed);
    expect(serialiseConfig(parseConfig(written))).toEqual(written);
    expect(new TextDecoder().decode(written)).toMatch(/^\{"architecture":"amd64","author":"me"/);
  });
});

describe('for any input', () => {
  const field = fc.constantFrom(...Object.keys(image.config));
  test('values of any kind in the runtime config parse and round-trip, or fail with a WharfError', () => {
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue({ noUnicodeString: false })), (config) => {
        try {
          const parsed = withConfig(config);
          expect(parseConfig(serialiseConfig(parsed))).toEqual(parsed);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
    );
  });

  test('changed bytes parse or fail with a WharfError', () => {
    const good = bytes(image);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const mutated = Uint8Array.from(good);
        mutated[at] = value;
        try {
          const parsed = parseConfig(mutated);
          expect(parseConfig(serialiseConfig(parsed))).toEqual(parsed);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
