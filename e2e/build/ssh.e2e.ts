import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test as anyTest } from 'vitest';
import { run } from '@wharf/testing';
import { useEngine } from '../support.js';
import { building, lines } from '../support/builds.js';
import { lacksArchive } from '../support/debian-archive.js';
import { debianArchive } from '../support/debian-image.js';
import { lacksAgent, sshAgent } from '../support/ssh-agent.js';
import type { Agent } from '../support/ssh-agent.js';

/** Steps that ask a real agent, with the programs of OpenSSH on both ends. */
const missing = await lacksAgent();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const lacking = missing !== undefined || (await lacksArchive());
const test = anyTest.skipIf(lacking);
const engine = useEngine({ busybox: false });
const { folder, built, failed, read } = building(engine);
const minutes = 60_000;
const base = 'ssh/debian:1';

/** The step is a host of its own, which serves the repository that it then clones. */
const serve = [
  'set -e',
  'mkdir -p /run/sshd /root/.ssh && chmod 700 /root/.ssh && cp /key.pub /root/.ssh/authorized_keys',
  'ssh-keygen -q -A',
  '/usr/sbin/sshd -p 2222 -o ListenAddress=127.0.0.1 -o UsePAM=no -o PasswordAuthentication=no',
  // It goes to the background before it listens.
  'for n in $(seq 300); do [ -s /root/.ssh/known_hosts ] && break; sleep 0.1',
  '  ssh-keyscan -T 60 -p 2222 127.0.0.1 >/root/.ssh/known_hosts || true',
  'done',
];
const repository = [
  'export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org',
  'export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org',
  'git init -q -b main /srv/repo && cd /srv/repo && echo cloned >file && git add file && git commit -q -m one',
];
const clone = 'git clone -q ssh://root@127.0.0.1:2222/srv/repo /clone';

let agent: Agent;
beforeAll(async () => {
  if (lacking) return;
  agent = await sshAgent();
  const archive = await debianArchive(['git', 'openssh-client', 'openssh-server']);
  await engine.ok(['import', archive, base], { timeout: 2 * minutes });
}, 8 * minutes);
afterAll(() => agent?.[Symbol.asyncDispose]());

const context = (...steps: readonly string[]): Promise<string> =>
  folder({ Dockerfile: lines(`FROM ${base}`, ...steps), 'key.pub': `${agent.line}\n` });

const cloning = (mount: string): readonly string[] => [
  'COPY key.pub /',
  `RUN ${mount}<<END`,
  ...serve,
  ...repository,
  clone,
  'END',
];

test('a step sees the keys of the agent that --ssh names', { timeout: 2 * minutes }, async () => {
  const place = await context(
    'RUN --mount=type=ssh ssh-add -L >/keys',
    'RUN --mount=type=ssh,id=other,mode=600,uid=7 stat -c "%a %u" "$SSH_AUTH_SOCK" >/mode',
  );
  const env = { SSH_AUTH_SOCK: agent.socket };
  const flags = ['--ssh', 'default', '--ssh', `other=${agent.socket}`];
  await built([...flags, '-t', 'ssh-keys', place], { env, timeout: minutes });
  expect(await read('ssh-keys', '/keys')).toBe(`${agent.line} a key`);
  expect(await read('ssh-keys', '/mode')).toBe('600 7');
});

test('a step clones over ssh with a key that it cannot see', { timeout: 3 * minutes }, async () => {
  const place = await context(...cloning('--mount=type=ssh '));
  const env = { SSH_AUTH_SOCK: agent.socket };
  const log = await built(['--ssh', 'default', '-t', 'ssh-clone', place], {
    env,
    timeout: 2 * minutes,
  });
  expect(await read('ssh-clone', '/clone/file')).toBe('cloned');
  const secret = (await readFile(agent.key, 'utf8')).split('\n')[2] ?? '';
  expect(secret.length).toBeGreaterThan(40);
  const left = await engine.cli([
    'run',
    '--rm',
    '--network',
    'none',
    'ssh-clone',
    'grep',
    '-rlF',
    secret,
    '/root',
    '/run',
    '/tmp',
    '/etc',
  ]);
  expect(left).toMatchObject({ code: 1, stdout: '' });
  expect(log).not.toContain(secret);
});

test('keys that --ssh names are seen through an agent', { timeout: 3 * minutes }, async () => {
  const place = await context(
    'RUN --mount=type=ssh,id=k ssh-add -L >/keys',
    ...cloning('--mount=type=ssh,id=k '),
  );
  const [other, second] = [`${agent.key}-rsa`, `${agent.key}-ecdsa`];
  for (const [type, path] of [
    ['rsa', other],
    ['ecdsa', second],
  ] as const)
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', type, '-f', path]);
  const flags = ['--ssh', `k=${other},${second},${agent.key}`, '-t', 'ssh-files'];
  await built([...flags, place], { env: { SSH_AUTH_SOCK: undefined }, timeout: 2 * minutes });
  expect(await read('ssh-files', '/keys')).toMatch(
    /^ssh-rsa \S+ rsa\necdsa-\S+ \S+ ecdsa\nssh-ed25519 \S+ a key$/,
  );
  expect(await read('ssh-files', '/clone/file')).toBe('cloned');
  for (const [key, path] of [
    ['rsa', other],
    ['ecdsa', second],
  ] as const) {
    const line = (await readFile(`${path}.pub`, 'utf8')).trim();
    const alone = await folder({
      Dockerfile: lines(
        `FROM ${base}`,
        'COPY key.pub /',
        'RUN --mount=type=ssh <<END',
        ...serve,
        ...repository,
        clone,
        'END',
      ),
      'key.pub': `${line}\n`,
    });
    await built(['--ssh', `default=${path}`, '-t', `ssh-${key}`, alone], { timeout: 2 * minutes });
    expect(await read(`ssh-${key}`, '/clone/file')).toBe('cloned');
  }
});

test('without the mount there is no key', { timeout: 3 * minutes }, async () => {
  const place = await context(...cloning(''));
  const { stderr } = await failed(['--ssh', 'default', place], {
    env: { SSH_AUTH_SOCK: agent.socket },
    timeout: 2 * minutes,
  });
  expect(stderr).toContain('Permission denied (publickey)');
});

test('an empty agent has no keys for a step', { timeout: 2 * minutes }, async () => {
  await using other = await sshAgent();
  await other.add('-q', '-D');
  const place = await context('RUN --mount=type=ssh ssh-add -L');
  const { stderr } = await failed(['--ssh', `default=${other.socket}`, place], {
    timeout: minutes,
  });
  expect(stderr).toContain('The agent has no identities');
});
