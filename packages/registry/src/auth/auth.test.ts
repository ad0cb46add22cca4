import { startFakeRegistry } from '@wharf/testing';
import type { FakeRegistryOptions } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import {
  alice,
  call,
  clientOf,
  collect,
  descriptorOf,
  failureOf,
  noise,
  refOf,
} from '../test-fixture.js';

const input = { layers: [noise(5000)] };

async function start(options: FakeRegistryOptions) {
  const fake = await startFakeRegistry(options);
  const image = fake.store.putImage('team/app', '1', input);
  return { fake, image, client: clientOf(fake), ref: refOf(fake.host) };
}

const nobody = { username: '', password: '', identityToken: '', registryToken: '' };

describe('basic', () => {
  test('the user and password go with the second request, and with the first of later calls', async () => {
    const { fake, image, client, ref } = await start({ auth: 'basic' });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: alice };
    const found = await registry.resolve(ref, auth);
    await registry.fetchDocument(ref, found, 'manifest', auth);
    expect(found).toEqual(image.descriptor);
    expect(fake.requests.map((r) => r.status)).toEqual([401, 200, 200]);
  });

  test.each([
    ['nobody', undefined, 'authentication required'],
    ['empty credentials', nobody, 'authentication required'],
    ['a wrong password', { ...alice, password: 'x' }, 'the credentials were refused'],
  ])('%s is unauthenticated, with the remedy', async (_title, auth, why) => {
    const { fake, client, ref } = await start({ auth: 'basic' });
    await using _ = fake;
    await using registry = client;
    const failure = await failureOf(
      registry.resolve(ref, { ...call(), ...(auth === undefined ? {} : { auth }) }),
    );
    expect(failure.code).toBe('unauthenticated');
    expect(failure.message).toBe(`${fake.host}: ${why}, run wharf login ${fake.host}`);
    expect(fake.requests.length).toBeLessThanOrEqual(2);
  });
});

describe('bearer', () => {
  test('nobody gets an anonymous token where that may pull', async () => {
    const { fake, image, client, ref } = await start({ auth: 'bearer', anonymousPull: true });
    await using _ = fake;
    await using registry = client;
    expect(await registry.resolve(ref, call())).toEqual(image.descriptor);
    const token = fake.requests.find((r) => r.kind === 'token')!;
    expect(token.path).toBe('/token?service=fake.registry&scope=repository%3Ateam%2Fapp%3Apull');
    expect(token.authorization).toBeUndefined();
  });

  test('one token serves all calls on a repository, those at the same time as well', async () => {
    const { fake, image, client, ref } = await start({ auth: 'bearer', expiresIn: 300 });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: alice };
    await Promise.all(Array.from({ length: 8 }, () => registry.resolve(ref, auth)));
    const layer = descriptorOf(image.layers[0]!);
    await collect(registry.fetchBlob(ref, layer, 0, auth));
    expect(fake.requests.filter((r) => r.kind === 'token')).toHaveLength(1);
    expect(fake.requests.at(-1)!.authorization).toMatch(/^Bearer token-1-alice$/);
  });

  test('a token of one user is not used for another or for nobody', async () => {
    const { fake, client, ref } = await start({ auth: 'bearer' });
    await using _ = fake;
    await using registry = client;
    await registry.resolve(ref, { ...call(), auth: alice });
    const failure = await failureOf(registry.resolve(ref, call()));
    expect(failure.code).toBe('unauthenticated');
    const wrong = { ...call(), auth: { ...alice, password: 'guess' } };
    expect((await failureOf(registry.resolve(ref, wrong))).code).toBe('unauthenticated');
  });

  test('a token that is no longer accepted is replaced', async () => {
    const { fake, image, client, ref } = await start({ auth: 'bearer', expiresIn: 300 });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: alice };
    await registry.resolve(ref, auth);
    fake.revokeTokens();
    expect(await registry.resolve(ref, auth)).toEqual(image.descriptor);
    expect(fake.requests.filter((r) => r.kind === 'token')).toHaveLength(2);
  });

  test('a token that expires at once is fetched for each call', async () => {
    const { fake, client, ref } = await start({ auth: 'bearer', expiresIn: 1 });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: alice };
    await registry.resolve(ref, auth);
    await registry.resolve(ref, auth);
    expect(fake.requests.filter((r) => r.kind === 'token')).toHaveLength(2);
  });

  test('an identity token is posted to the realm and never to the registry', async () => {
    const { fake, image, client, ref } = await start({
      auth: 'bearer',
      identityTokens: { 'long-lived': 'alice' },
    });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: { ...nobody, identityToken: 'long-lived' } };
    expect(await registry.resolve(ref, auth)).toEqual(image.descriptor);
    expect(fake.requests.map((r) => [r.kind, r.method])).toContainEqual(['token', 'POST']);
    expect(fake.requests.every((r) => !JSON.stringify(r).includes('long-lived'))).toBe(true);
  });

  test('a registry token is sent as it is; refused, it is not replaced by anything', async () => {
    const { fake, client, ref } = await start({ auth: 'bearer' });
    await using _ = fake;
    await using registry = client;
    const auth = { ...call(), auth: { ...alice, registryToken: 'given' } };
    expect((await failureOf(registry.resolve(ref, auth))).code).toBe('unauthenticated');
    expect(fake.requests.map((r) => [r.kind, r.authorization])).toEqual([
      ['manifest', 'Bearer given'],
    ]);
  });

  test('a caller that leaves does not end the token request of another', async () => {
    const { fake, image, client, ref } = await start({ auth: 'bearer' });
    await using _ = fake;
    await using registry = client;
    fake.misbehave({ kind: 'token', fault: { type: 'drip', bytes: 40, everyMs: 50 } });
    const leaver = new AbortController();
    const left = failureOf(registry.resolve(ref, { signal: leaver.signal, auth: alice }));
    const stays = registry.resolve(ref, { ...call(), auth: alice });
    setTimeout(() => leaver.abort(), 30);
    expect((await left).code).toBe('cancelled');
    expect(await stays).toEqual(image.descriptor);
  });

  test('a 403 of the registry is permission-denied', async () => {
    const { fake, client, ref } = await start({ auth: 'none' });
    await using _ = fake;
    await using registry = client;
    const body = '{"errors":[{"code":"DENIED","message":"not\\u001b[31m yours"}]}';
    fake.misbehave({ fault: { type: 'status', status: 403, body } });
    const failure = await failureOf(registry.resolve(ref, call()));
    expect(failure.code).toBe('permission-denied');
    expect(failure.message).toContain('not [31m yours');
  });
});
