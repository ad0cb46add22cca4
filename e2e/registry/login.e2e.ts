import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { RunOptions } from '@wharf/testing';
import { useEngine } from '../support.js';
import { Authority } from '../support/certificates.js';
import type { Certificate } from '../support/certificates.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/port.js';

const dir = await tempDir();
const certsDir = join(dir.path, 'certs.d');
const engine = useEngine({ flags: ['--certs-dir', certsDir] });
const { cli, ok, refused } = engine;

const [port, ownPort] = [await freePort(), await freePort()];
/** Of alice alone, and of who has a certificate alone. */
const [host, ownHost] = [`127.0.0.1:${port}`, `127.0.0.1:${ownPort}`];
const image = `${host}/team/app:1`;
let registry: DockerRegistry;
let strict: DockerRegistry;
let ca: string;
let client: Certificate;

beforeAll(async () => {
  const authority = await Authority.create(dir.path);
  const { cert, key } = await authority.server('registry');
  client = await authority.client('client');
  ca = authority.ca;
  registry = await DockerRegistry.start({ port, auth: true, tls: { cert, key } });
  strict = await DockerRegistry.start({ port: ownPort, tls: { cert, key, clientCa: ca } });
  for (const each of [host, ownHost]) await mkdir(join(certsDir, each), { recursive: true });
  await ok(['tag', 'busybox', image]);
  await ok(['tag', 'busybox', `${ownHost}/app:1`]);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
  await dir.remove();
});

const home = join(dir.path, 'home');
const bin = join(dir.path, 'bin');
const wharfConfig = join(home, '.wharf/config.json');
const dockerConfig = join(home, '.docker/config.json');
/** The home of a new user, with a folder of credential helpers. */
const env = {
  HOME: home,
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  WHARF_CONFIG: undefined,
  DOCKER_CONFIG: undefined,
};
const as = (options: RunOptions = {}): RunOptions => ({ env, ...options });
const login = (password = 'secret') =>
  cli(['login', '-u', 'alice', '--password-stdin', host], as({ stdin: `${password}\n` }));
const read = (path: string): Promise<string> => readFile(path, 'utf8');

beforeEach(async () => {
  await rm(home, { recursive: true, force: true });
  for (const each of ['.wharf', '.docker']) await mkdir(join(home, each), { recursive: true });
  await mkdir(bin, { recursive: true });
  await copyFile(ca, join(certsDir, host, 'ca.crt'));
});

test('a certificate of an unknown authority is refused, with where to put it', async () => {
  const file = join(certsDir, host, 'ca.crt');
  await rm(file);
  const unknown = `cannot trust the certificate of ${host}: it is signed by an unknown authority, put the authority's certificate at ${file}`;
  expect((await refused(['push', image], as())).stderr).toContain(unknown);
  expect((await login()).stderr).toContain(unknown);
  expect((await refused(['push', '127.0.0.1:1/app'], as())).stderr).toContain('does not exist');
});

test('without a login it is said what to do, and nothing is kept of a wrong one', async () => {
  const required = `${host}: authentication required, run wharf login ${host}`;
  expect((await refused(['push', image], as())).stderr).toContain(required);
  expect((await refused(['pull', image], as())).stderr).toContain(required);
  const wrong = await login('wrong');
  expect([wrong.code, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toContain('the credentials were refused');
  expect((await refused(['push', image], as())).stderr).toContain(required);
});

test('what is wrong on the command line is said before anybody is asked', async () => {
  const stderr = async (...args: string[]) => (await refused(['login', ...args], as())).stderr;
  expect(await stderr('--password-stdin', host)).toContain(
    'Must provide --username with --password-stdin',
  );
  expect(await stderr('-u', 'a', '-p', 'b', '--password-stdin', host)).toContain(
    'mutually exclusive',
  );
  expect(await stderr('-u', 'a', host)).toContain('non-TTY');
  expect(await stderr('-u', 'a', '-p', '', host)).toContain('password is empty');
});

test('login, push, pull, logout', async () => {
  const { code, stdout, stderr } = await login();
  expect([code, stdout]).toEqual([0, 'Login Succeeded\n']);
  expect(stderr).toContain(`stored unencrypted in '${wharfConfig}'`);
  expect(JSON.parse(await read(wharfConfig))).toEqual({
    auths: { [host]: { auth: Buffer.from('alice:secret').toString('base64') } },
  });
  expect((await stat(wharfConfig)).mode & 0o777).toBe(0o600);
  expect(await ok(['push', '-q', image], as())).toBe(image);
  expect(await ok(['pull', '-q', image], as())).toBe(image);
  const again = await cli(['login', host], as());
  expect(again.stderr).toContain('Authenticating with existing credentials... [Username: alice]');
  expect(again.stdout).toBe('Login Succeeded\n');
  expect(await ok(['logout', host], as())).toBe(`Removing login credentials for ${host}`);
  expect(JSON.parse(await read(wharfConfig))).toEqual({ auths: {} });
  expect((await refused(['pull', image], as())).stderr).toContain('authentication required');
  expect((await cli(['logout', host], as())).code).toBe(0);
});

/** Keeps one secret in a file; what it was asked for in another. */
async function helper(name: string): Promise<{ asked: string; kept: string }> {
  const [asked, kept] = [join(home, `${name}.asked`), join(home, `${name}.kept`)];
  const script = `#!/bin/sh
echo "$1" >>${asked}
case $1 in
  store) cat >${kept} ;;
  get) cat ${kept} 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
  erase) rm ${kept} ;;
esac
`;
  await writeFile(join(bin, `docker-credential-${name}`), script);
  await chmod(join(bin, `docker-credential-${name}`), 0o755);
  return { asked, kept };
}

test('a credential helper keeps what opens the registry, and the rest of the file stays', async () => {
  const { asked, kept } = await helper('x');
  await writeFile(wharfConfig, `{"credHelpers": {"${host}": "x"}, "mine": [1,  2]}`);
  expect((await login()).code).toBe(0);
  expect(JSON.parse(await read(kept))).toEqual({
    ServerURL: host,
    Username: 'alice',
    Secret: 'secret',
  });
  expect(await read(wharfConfig)).toContain('"mine": [1,  2]');
  expect(await read(wharfConfig)).not.toContain('c2VjcmV0');
  expect(await ok(['pull', '-q', image], as())).toBe(image);
  await ok(['logout', host], as());
  expect(await read(asked)).toMatch(/^store\n(get\n)+erase\n/);
  expect((await refused(['pull', image], as())).stderr).toContain('authentication required');
});

test('a helper that is missing is told of', async () => {
  await writeFile(wharfConfig, `{"credHelpers": {"${host}": "missing"}}`);
  const { stderr } = await refused(['pull', image], as());
  expect(stderr).toContain('WARNING: cannot run the credential helper docker-credential-missing');
  expect((await login()).stderr).toContain('docker-credential-missing');
});

test("docker's config.json is read and never changed", async () => {
  const auth = Buffer.from('alice:secret').toString('base64');
  await writeFile(dockerConfig, JSON.stringify({ auths: { [host]: { auth } } }));
  const sum = async () =>
    createHash('sha256')
      .update(await readFile(dockerConfig))
      .digest('hex');
  const before = await sum();
  await ok(['push', '-q', image], as());
  expect((await cli(['logout', host], as())).stdout + before).toContain(host);
  expect(await ok(['pull', '-q', image], as())).toBe(image);
  expect((await login()).code).toBe(0);
  expect(await sum()).toBe(before);
  await writeFile(dockerConfig, '{bad');
  await rm(wharfConfig);
  expect((await refused(['pull', image], as())).stderr).toContain(
    `${dockerConfig} is not a JSON object`,
  );
});

test('a registry that asks for a certificate gets that of certs.d', async () => {
  const own = join(certsDir, ownHost);
  const name = `${ownHost}/app:1`;
  await copyFile(ca, join(own, 'ca.crt'));
  expect((await refused(['push', name], as())).stderr).toContain(`${own}/client.cert`);
  await copyFile(client.cert, join(own, 'client.cert'));
  expect((await refused(['push', name], as())).stderr).toContain(`${own}/client.key`);
  await copyFile(client.key, join(own, 'client.key'));
  expect(await ok(['push', '-q', name], as())).toBe(name);
  expect(await ok(['pull', '-q', name], as())).toBe(name);
});
