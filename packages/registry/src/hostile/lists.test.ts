import { startFakeRegistry } from '@wharf/testing';
import type { FakeRegistry, Fault } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { alice, call, clientOf, descriptorOf, failureOf, refOf } from '../test-fixture.js';
import type { Expected } from '../test-fixture.js';

const auth = () => ({ ...call(), auth: alice });
const digest = descriptorOf({
  digest: `sha256:${'1'.repeat(64)}`,
  size: 1,
  mediaType: 'a/b',
}).digest;
const page = (tags: readonly string[], link?: string): Fault => ({
  type: 'status',
  status: 200,
  body: JSON.stringify({ name: 'team/app', tags }),
  ...(link === undefined ? {} : { headers: { link } }),
});

function expectNothingAt(thief: FakeRegistry): void {
  expect(thief.requests).toEqual([]);
}

describe('R-25: the next page of the tags', () => {
  test.each([
    [
      'at another host',
      (thief: FakeRegistry) => `<${thief.url}/v2/team/app/tags/list>; rel="next"`,
    ],
    ['at another port', (thief: FakeRegistry) => `<//${thief.host}/x>; rel=next`],
    ['at a file', () => '<file:///etc/passwd>; rel="next"'],
    ['at the metadata service', () => '<http://169.254.169.254/>; rel="next"'],
    ['nowhere', () => '<https://>; rel="next"'],
    [
      'with a user name',
      (_thief: FakeRegistry, fake: FakeRegistry) => `<http://u:p@${fake.host}/x>; rel="next"`,
    ],
  ])('%s is refused, and gets nothing', async (_title, link) => {
    await using thief = await startFakeRegistry();
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = clientOf(fake, {
      hosts: new Map([fake.host, thief.host].map((host) => [host, { insecure: true }])),
    });
    fake.misbehave({ kind: 'tags', skip: 1, fault: page(['a'], link(thief, fake)) });
    const failure = await failureOf(client.listTags(refOf(fake.host), auth()));
    expect(failure.code).toBe('failed-precondition');
    expect(failure.message).toMatch(/puts the next page of a list at .*: refused/);
    expectNothingAt(thief);
  });

  test.each([
    ['itself', '</v2/team/app/tags/list?n=1000>; rel="next"', 2],
    ['a page that adds nothing', '</v2/team/app/tags/list?last=a>; rel="next"', 2],
  ])('%s ends the list', async (_title, link, requests) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ kind: 'tags', fault: page(['a', 'b'], link) });
    expect(await client.listTags(refOf(fake.host), call())).toEqual(['a', 'b']);
    expect(fake.requests).toHaveLength(requests);
  });

  test('pages without end, each with something new, end at the limit', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    for (let i = 0; i < 30; i++) {
      const link = `</v2/team/app/tags/list?last=${i}>; rel="next"`;
      const tags = Array.from({ length: 100 }, (_v, at) => `t${i}-${at}`);
      fake.misbehave({ kind: 'tags', times: 1, fault: page(tags, link) });
    }
    const found = await client.listTags(refOf(fake.host), { ...call(), limit: 1000 });
    expect(found).toHaveLength(1000);
    expect(fake.requests).toHaveLength(10);
  });

  test('a redirect of a page drops the credentials, and its own next page is not followed (R-22)', async () => {
    await using thief = await startFakeRegistry();
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = clientOf(fake, {
      hosts: new Map([fake.host, thief.host].map((host) => [host, { insecure: true }])),
    });
    const headers = { location: `${thief.url}/v2/team/app/tags/list` };
    fake.misbehave({ kind: 'tags', skip: 1, fault: { type: 'status', status: 307, headers } });
    thief.misbehave({ fault: page(['a'], '</v2/team/app/tags/list?last=a>; rel="next"') });
    expect(await client.listTags(refOf(fake.host), auth())).toEqual(['a']);
    expect(thief.requests.map((r) => r.authorization)).toEqual([undefined]);
  });

  test.each<[string, Fault, Expected]>([
    ['no document', { type: 'status', status: 200, body: 'tags' }, { code: 'data-loss' }],
    ['a list', { type: 'status', status: 200, body: '[]' }, { code: 'data-loss' }],
    ['tags that are no list', page('a' as never), { code: 'data-loss' }],
    ['a path as tag', page(['../../x']), { code: 'data-loss', text: /entries that are no tags/ }],
    ['a number as tag', page([7 as never]), { code: 'data-loss' }],
    ['control characters', page(['a\u001b[31m']), { code: 'data-loss' }],
    [
      '5 MiB',
      { type: 'status', status: 200, body: Buffer.alloc(5 << 20, ' ') },
      { code: 'resource-exhausted' },
    ],
    ['a body without end', { type: 'infinite' }, { code: 'resource-exhausted' }],
    ['401 for ever', { type: 'status', status: 401 }, { code: 'unauthenticated' }],
    ['silence', { type: 'hang' }, { code: 'deadline-exceeded' }],
  ])('%s is a failure', async (_title, fault, expected) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.store.putManifest('team/app', Buffer.from('{}'), 'a/b', '1');
    fake.misbehave({ kind: 'tags', fault });
    const failure = await failureOf(client.listTags(refOf(fake.host), call()));
    expect(failure.code).toBe(expected.code);
    if (expected.text !== undefined) expect(failure.message).toMatch(expected.text);
  });
});

describe('R-10, R-11, R-25: referrers', () => {
  const entry = { mediaType: 'a/b', digest, size: 1 };
  const index = (value: object): Fault => ({
    type: 'status',
    status: 200,
    body: JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      ...value,
    }),
  });

  test.each<[string, Fault, Expected]>([
    ['a web page', { type: 'status', status: 200, body: '<html>' }, { code: 'data-loss' }],
    [
      'a digest of md5',
      index({ manifests: [{ ...entry, digest: 'md5:00' }] }),
      { code: 'data-loss' },
    ],
    ['a negative size', index({ manifests: [{ ...entry, size: -1 }] }), { code: 'data-loss' }],
    ['entries of numbers', index({ manifests: [7] }), { code: 'data-loss' }],
    [
      '2,000 entries in one page',
      index({ manifests: Array(2000).fill(entry) }),
      { code: 'data-loss' },
    ],
    ['a body without end', { type: 'infinite' }, { code: 'resource-exhausted' }],
  ])('%s is a failure', async (_title, fault, expected) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ kind: 'referrers', fault });
    const failure = await failureOf(client.listReferrers(refOf(fake.host), digest, call()));
    expect(failure.code).toBe(expected.code);
  });

  test('the next page at another host is refused', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const headers = { link: `<${fake.cdn.url}/x>; rel="next"` };
    fake.misbehave({ kind: 'referrers', fault: { type: 'headers', headers } });
    const failure = await failureOf(client.listReferrers(refOf(fake.host), digest, call()));
    expect(failure.code).toBe('failed-precondition');
    expect(fake.requests.filter((r) => r.origin === 'cdn')).toEqual([]);
  });
});

describe('R-20, R-21: logins and searches', () => {
  test.each(['http://169.254.169.254/', 'file:///etc/passwd', 'http://127.0.0.1:9/token'])(
    'a login sends nothing to the realm %s',
    async (realm) => {
      await using fake = await startFakeRegistry({ auth: 'bearer', realm });
      await using client = clientOf(fake);
      const failure = await failureOf(client.checkCredentials(fake.host, auth()));
      expect(failure.code).toBe('failed-precondition');
      expect(fake.requests.every((r) => r.authorization === undefined)).toBe(true);
    },
  );

  test.each([
    ['with a line break', JSON.stringify({ token: 't', refresh_token: 'a\r\nb' })],
    ['that is a number', JSON.stringify({ token: 't', refresh_token: 7 })],
  ])('an identity token %s is none', async (_title, body) => {
    await using fake = await startFakeRegistry({ auth: 'bearer' });
    await using client = clientOf(fake);
    fake.misbehave({ kind: 'token', fault: { type: 'status', status: 200, body } });
    fake.misbehave({ kind: 'ping', skip: 1, fault: { type: 'status', status: 200 } });
    expect(await client.checkCredentials(fake.host, auth())).toEqual({ identityToken: '' });
  });

  test('a login that is redirected keeps its credentials to itself', async () => {
    await using thief = await startFakeRegistry({ auth: 'basic' });
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake, {
      hosts: new Map([fake.host, thief.host].map((host) => [host, { insecure: true }])),
    });
    const headers = { location: `${thief.url}/v2/` };
    fake.misbehave({ kind: 'ping', fault: { type: 'status', status: 307, headers } });
    const failure = await failureOf(client.checkCredentials(fake.host, auth()));
    expect(failure.message).toContain('answered 401');
    expect(fake.requests).toHaveLength(1);
    expect(thief.requests.every((r) => r.authorization === undefined)).toBe(true);
  });

  test.each<[string, string, string]>([
    ['no document', 'x', 'data-loss'],
    ['results that are no list', '{"results":{}}', 'data-loss'],
    ['6 MiB', ' '.repeat(6 << 20), 'resource-exhausted'],
  ])('a search that answers with %s', async (_title, body, code) => {
    await using fake = await startFakeRegistry({ searchResults: [] });
    await using client = clientOf(fake);
    fake.misbehave({ kind: 'search', fault: { type: 'status', status: 200, body } });
    expect((await failureOf(client.search(fake.host, 'x', call()))).code).toBe(code);
  });
});
