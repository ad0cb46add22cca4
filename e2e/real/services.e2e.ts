import { beforeAll, expect, onTestFinished, test as anyTest } from 'vitest';
import { spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { lacksArchive } from '../support/debian-archive.js';
import { debianArchive } from '../support/debian-image.js';

const lacking = await lacksArchive();
const test = anyTest.skipIf(lacking);
const engine = useEngine({ busybox: false, space: true });
const { cli, ok } = engine;
const { host } = spaceAddresses;
const minutes = 60_000;
const image = 'services:1';

beforeAll(async () => {
  if (lacking) return;
  const packages = ['nginx-light', 'redis-server', 'postgresql', 'curl'];
  const archive = await debianArchive(packages);
  const path = 'ENV PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await ok(['import', '--change', path, archive, image], { timeout: 2 * minutes });
}, 8 * minutes);

/** Runs in the background, and goes after the test. */
async function up(name: string, ...args: string[]): Promise<string> {
  const id = await ok(['run', '-d', '--name', name, ...args]);
  onTestFinished(async () => void (await cli(['rm', '-f', '-v', name])));
  return id;
}

async function network(name: string): Promise<void> {
  await ok(['network', 'create', name]);
  onTestFinished(async () => void (await cli(['network', 'rm', name])));
}

/** Standard output of a command that succeeds in the end: servers take their time. */
async function eventually(...args: string[]): Promise<string> {
  const result = { stdout: '' };
  await expect
    .poll(
      async () => {
        const { code, stdout } = await cli(args);
        result.stdout = stdout;
        return code;
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(0);
  return result.stdout.trim();
}

test(
  'nginx serves a page that is published, and logs who fetched it',
  { timeout: minutes },
  async () => {
    const nginx = ['nginx', '-g', 'daemon off; error_log stderr;'];
    await up('web', '-p', '8080:80', image, ...nginx);
    const page = '<h1>from wharf</h1>';
    await ok(['exec', 'web', 'sh', '-c', `echo '${page}' >/var/www/html/index.html`]);
    const url = (address: string): string[] => [
      'curl',
      '-gsS',
      '--noproxy',
      '*',
      `http://${address}:8080/`,
    ];
    await expect
      .poll(async () => (await engine.space.neighbour(url(host.v4))).stdout.trim(), {
        timeout: 10_000,
      })
      .toBe(page);
    expect((await engine.space.host(url('127.0.0.1'))).stdout.trim()).toBe(page);
    const log = await ok(['exec', 'web', 'cat', '/var/log/nginx/access.log']);
    expect(log).toContain(`${spaceAddresses.neighbour.v4} - - `);
    expect(
      (await engine.space.neighbour([...url(host.v4), '-o', '/dev/null', '--head'])).code,
    ).toBe(0);
  },
);

test(
  'a client reaches redis by name once it is connected to its network',
  { timeout: minutes },
  async () => {
    await network('front');
    await network('data');
    await up(
      'cache',
      '--network',
      'data',
      image,
      'redis-server',
      '--bind',
      '*',
      '--protected-mode',
      'no',
    );
    await up('client', '--network', 'front', image, 'sleep', '600');
    const asks = ['exec', 'client', 'timeout', '2', 'redis-cli', '-h', 'cache'];
    expect((await cli([...asks, 'PING'])).code).not.toBe(0);
    await ok(['network', 'connect', 'data', 'client']);
    expect(await eventually(...asks, 'PING')).toBe('PONG');
    expect(await ok([...asks, 'SET', 'answer', '42'])).toBe('OK');
    expect(await ok([...asks, 'GET', 'answer'])).toBe('42');
    await ok(['network', 'disconnect', 'data', 'client']);
    expect((await cli([...asks, 'GET', 'answer'])).code).not.toBe(0);
  },
);

test(
  'what postgres has stored in a named volume survives its container',
  { timeout: 2 * minutes },
  async () => {
    await network('db');
    const volume = 'db-data';
    onTestFinished(async () => void (await cli(['volume', 'rm', '-f', volume])));
    const data = '/var/lib/postgresql/data';
    const script = `test -s ${data}/PG_VERSION || initdb -A trust -D ${data} >/dev/null
      echo 'host all all all trust' >>${data}/pg_hba.conf
      exec postgres -D ${data} -c listen_addresses='*' -c unix_socket_directories=/tmp -c fsync=off`;
    const owned = ['--network', 'db', '-v', `${volume}:${data}`];
    await ok(['run', '--rm', ...owned, image, 'chown', 'postgres:postgres', data]);
    const start = (): Promise<string> =>
      up('sql', ...owned, '-u', 'postgres', '--shm-size', '64m', image, 'sh', '-c', script);
    const query = (text: string): string[] => {
      const client = ['psql', '-h', 'sql', '-U', 'postgres', '-Atc', text];
      return ['run', '--rm', '--network', 'db', '-u', 'postgres', image, ...client];
    };
    await start();
    await eventually(...query('SELECT 1'));
    await ok(query('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n'));
    await ok(['stop', '-t', '20', 'sql']);
    await ok(['rm', 'sql']);
    await start();
    expect(await eventually(...query('SELECT sum(n) FROM t'))).toBe('500500');
  },
);
