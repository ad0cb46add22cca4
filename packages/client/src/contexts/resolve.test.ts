import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { chooseDaemon, resolveTarget, type TargetFlags } from './resolve.js';
import { openContextStore } from './store.js';

const far = { host: 'tcp://far:2376', tls: { ca: 'CA', key: 'KEY' } };

describe('which daemon is meant', () => {
  test('is said by the first that is given: flag, context flag, host, context, current', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    for (const name of ['one', 'two', 'three']) await store.create(name, { host: `/${name}` });
    const base = { WHARF_CONFIG: directory.path };
    const host = async (flags: TargetFlags, env: object): Promise<string> =>
      (await resolveTarget(flags, { ...base, ...env })).host;
    expect(await host({}, {})).toBe('unix:///run/wharf/wharf.sock');
    await store.use('one');
    expect(await host({}, {})).toBe('unix:///one');
    expect(await host({}, { WHARF_CONTEXT: 'two' })).toBe('unix:///two');
    expect(await host({}, { WHARF_CONTEXT: 'two', WHARF_HOST: 'unix:///env' })).toBe('unix:///env');
    expect(await host({}, { WHARF_CONTEXT: '', WHARF_HOST: '' })).toBe('unix:///one');
    expect(await host({ context: 'three' }, { WHARF_HOST: 'unix:///env' })).toBe('unix:///three');
    expect(await host({ host: '/flag' }, { WHARF_HOST: 'unix:///env' })).toBe('unix:///flag');
    expect(await host({ config: '/nonex' }, {})).toBe('unix:///run/wharf/wharf.sock');
    await expect(host({ host: '/flag', context: 'one' }, {})).rejects.toThrow(/both/);
    await expect(host({ context: 'nope' }, {})).rejects.toThrow(/no such context: nope/);
    await expect(host({ host: '' }, {})).rejects.toThrow(/invalid host/);
    await expect(host({ context: '' }, {})).rejects.toThrow(/is invalid/);
  });

  test('is chosen whether or not there is such a context', async () => {
    const env = { WHARF_CONFIG: '/nonex', WHARF_CONTEXT: 'nope' };
    expect(await chooseDaemon({}, env)).toEqual({ kind: 'context', name: 'nope' });
  });
});

describe('TLS', () => {
  test('is of the flags, over the folder of certificates, over the context', async () => {
    await using directory = await tempDir();
    const folder = join(directory.path, 'certs');
    mkdirSync(folder);
    for (const part of ['ca', 'cert', 'key']) writeFileSync(join(folder, `${part}.pem`), part);
    writeFileSync(join(folder, 'mine.pem'), 'mine');
    const tlsKey = join(folder, 'mine.pem');
    const store = openContextStore(directory.path);
    await store.create('far', { ...far, serverName: 'n', verify: false });
    const env = { WHARF_CONFIG: directory.path, WHARF_CERT_PATH: folder };
    expect(await resolveTarget({ host: 'tcp://h', tlsKey }, env)).toEqual({
      host: 'tcp://h:2376',
      tls: { ca: 'ca', cert: 'cert', key: 'mine' },
    });
    const ofContext = { ...far.tls, serverName: 'n', verify: false };
    const target = { context: 'far', host: 'tcp://far:2376' };
    expect(await resolveTarget({ context: 'far' }, env)).toEqual({ ...target, tls: ofContext });
    expect(await resolveTarget({ context: 'far', tlsKey }, env)).toEqual({
      ...target,
      tls: { ...ofContext, key: 'mine' },
    });
    await expect(resolveTarget({ host: 'tcp://h', tlsCert: '/none' }, env)).rejects.toThrow(
      /cannot read \/none/,
    );
  });

  test('is not invented where nothing asks for it', async () => {
    const env = { WHARF_CONFIG: '/nonex' };
    const tls = async (flags: TargetFlags, more: object = {}) =>
      (await resolveTarget({ host: 'tcp://h', ...flags }, { ...env, ...more })).tls;
    expect(await tls({})).toBeUndefined();
    expect(await tls({ tls: true })).toEqual({});
    expect(await tls({ tlsVerify: true })).toEqual({});
    expect(await tls({}, { WHARF_TLS_VERIFY: '1' })).toEqual({});
  });

  test('verifies the daemon where that is asked for, whatever the context says', async () => {
    await using directory = await tempDir();
    await openContextStore(directory.path).create('far', { ...far, verify: false });
    const env = { WHARF_CONFIG: directory.path };
    const verify = async (flags: TargetFlags, more: object = {}) =>
      (await resolveTarget({ context: 'far', ...flags }, { ...env, ...more })).tls?.verify;
    expect(await verify({ tlsVerify: false })).toBe(false);
    expect(await verify({ tlsVerify: true })).toBe(true);
    expect(await verify({}, { WHARF_TLS_VERIFY: '1' })).toBe(true);
  });
});
