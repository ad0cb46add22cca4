import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test as anyTest } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import type { BuiltImage, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { lacksArchive } from '../support/debian-archive.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { hostApt } from '../support/host-apt.js';
import type { HostApt } from '../support/host-apt.js';
import { freePort } from '../support/port.js';

const test = anyTest.skipIf(await lacksArchive());
const port = await freePort();
const engine = useEngine({
  busybox: false,
  flags: ['--insecure-registry', `127.0.0.1:${port}`],
});
const { ok, inspect } = engine;
const name = `127.0.0.1:${port}/real/debian:1`;
const minutes = 60_000;

let dir: TempDir;
let apt: HostApt;
let registry: DockerRegistry;
let image: BuiltImage;

/** Prints a line for each prime, complains once, and ends with 7. */
const program = `import json, os, sys
primes = [n for n in range(2, 60) if all(n % d for d in range(2, n))]
for n in primes:
    print(n, flush=True)
print(json.dumps({"uid": os.getuid(), "cwd": os.getcwd(), "hello": os.environ["HELLO"]}), file=sys.stderr)
sys.exit(7)
`;

beforeAll(async () => {
  dir = await tempDir('wharf-real-');
  apt = await hostApt();
  registry = await DockerRegistry.start({ port });
  image = await registry.push('real/debian:1', {
    layers: [await debianRoot(), await aptLayer(), await programLayer()],
    config: {
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HELLO=image', 'DEBIAN_FRONTEND=noninteractive'],
      Cmd: ['bash'],
      WorkingDir: '/srv/app',
      Labels: { kind: 'real' },
    },
  });
}, 4 * minutes);

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir.remove();
});

async function debianRoot(): Promise<Buffer> {
  const tar = join(dir.path, 'root.tar');
  const flags = ['--variant=minbase', '--mode=root', '--format=tar', '--quiet'];
  const { code, stderr } = await run('mmdebstrap', [...flags, apt.suite, tar, ...apt.sources], {
    timeout: 4 * minutes,
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return readFile(tar);
}

/** What the machine needs to reach the archive, which is of the machine and not of the image. */
async function aptLayer(): Promise<Buffer> {
  const root = join(dir.path, 'apt');
  await mkdir(join(root, 'etc/apt/apt.conf.d'), { recursive: true });
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, 'etc/apt/apt.conf.d/99host'), apt.configuration);
  const authorities = 'etc/ssl/certs/ca-certificates.crt';
  await copyFile(`/${authorities}`, join(root, authorities)).catch(() => undefined);
  return pack(root);
}

/** The program; and a whiteout, for the message of the day is not wanted. */
async function programLayer(): Promise<Buffer> {
  const root = join(dir.path, 'program');
  await mkdir(join(root, 'srv/app'), { recursive: true });
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'srv/app/primes.py'), program);
  await writeFile(join(root, 'etc/.wh.issue'), '');
  return pack(root);
}

async function pack(root: string): Promise<Buffer> {
  const flags = ['--numeric-owner', '--owner=0', '--group=0', '-C', root, '-cf', '-', '.'];
  return (await run('tar', flags)).stdoutBytes;
}

test(
  'a Debian of three layers is pulled from a registry',
  async () => {
    const { stdout } = await engine.cli(['pull', name], { timeout: 2 * minutes });
    expect(stdout.trim().split('\n').at(-1)).toBe(name);
    const layers = await ok(['image', 'inspect', '-f', '{{len .RootFS.Layers}}', name]);
    expect(layers).toBe('3');
    expect(image.layers).toHaveLength(3);
  },
  2 * minutes,
);

test('its files have their owners, modes, links and capabilities', async () => {
  const script = `stat -c '%n %a %u:%g' /tmp /usr/bin/passwd /etc/shadow /var/mail
    readlink /bin; test -e /etc/issue || echo no issue; cat /etc/debian_version | cut -d. -f1 | wc -l`;
  const text = await ok(['run', '--rm', '--network', 'none', name, 'sh', '-c', script]);
  expect(text.split('\n')).toEqual([
    '/tmp 1777 0:0',
    '/usr/bin/passwd 4755 0:0',
    '/etc/shadow 640 0:42',
    '/var/mail 2775 0:8',
    'usr/bin',
    'no issue',
    '1',
  ]);
});

test(
  'apt installs Python inside, a program runs, and its output and exit code arrive',
  async () => {
    const proxies = apt.proxies.flatMap((proxy) => ['-e', proxy]);
    const install = 'apt-get update -q && apt-get install -q -y --no-install-recommends python3';
    const script = `(${install}) >/var/log/install 2>&1 || { cat /var/log/install; exit 99; }
    exec python3 primes.py`;
    const flags = ['--name', 'python', '--network', 'host', '-e', 'HELLO=run', ...proxies];
    const result = await engine.cli(['run', ...flags, name, 'bash', '-c', script], {
      timeout: 4 * minutes,
    });
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59];
    expect(result.stdout).toBe(`${primes.join('\n')}\n`);
    expect(JSON.parse(result.stderr)).toEqual({ uid: 0, cwd: '/srv/app', hello: 'run' });
    expect(result.code).toBe(7);
    expect(await inspect('python', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 7');
    const logs = await engine.cli(['logs', 'python']);
    expect(logs).toMatchObject({ stdout: result.stdout, stderr: result.stderr });
  },
  5 * minutes,
);

test(
  'what apt installed is there when the container starts again',
  async () => {
    const again = await engine.cli(['start', '-a', 'python'], { timeout: 4 * minutes });
    expect(again.code).toBe(7);
    expect((await ok(['logs', 'python'])).split('\n')).toHaveLength(34);
    await ok(['rm', 'python']);
  },
  5 * minutes,
);
