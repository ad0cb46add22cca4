import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { run, tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { archiveFlags, findArchive } from '../support/archive.js';
import type { DebianArchive } from '../support/archive.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/port.js';
import { directory, file, tar } from '../support/tar.js';

const port = await freePort();
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', `127.0.0.1:${port}`] });
const { ok } = engine;
const minutes = 60_000;
let dir: TempDir;
let registry: DockerRegistry;

beforeAll(async () => {
  dir = await tempDir('debian-');
  registry = await DockerRegistry.start({ port });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir.remove();
});

/** A minimal Debian of the release of this machine, as an archive. */
async function debianTar({ sources, aptConfig, environment }: DebianArchive): Promise<Buffer> {
  const release = await readFile('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME="?([a-z]+)/m.exec(release)?.[1] ?? 'stable';
  const path = join(dir.path, 'root.tar');
  const flags = ['--variant=minbase', '--mode=root', '--quiet', `--aptopt=${aptConfig}`];
  const { code, stderr } = await run('mmdebstrap', [...flags, suite, path, ...sources], {
    env: environment,
    timeout: 2 * minutes,
  });
  if (code !== 0) throw new FailedPreconditionError(`mmdebstrap: ${stderr}`);
  return readFile(path);
}

const program = `
import json, os, pathlib, sqlite3, subprocess, sys, threading
rows = sqlite3.connect(":memory:").execute("select 6 * 7").fetchall()
thread = threading.Thread(target=lambda: print("thread ran", flush=True))
thread.start(); thread.join()
ran = pathlib.Path("/var/lib/ran")
ran.write_text(ran.read_text() + "x" if ran.exists() else "x")
print(json.dumps({"answer": rows[0][0], "user": os.getuid(), "runs": len(ran.read_text())}), flush=True)
print(subprocess.run(["dpkg-query", "-W", "-f", "\${Status}", "python3"], capture_output=True, text=True).stdout, flush=True)
print("to stderr", file=sys.stderr, flush=True)
sys.exit(42)
`;

const script = `set -e
export DEBIAN_FRONTEND=noninteractive
command -v python3 >/dev/null || {
  apt-get update
  apt-get install -y --no-install-recommends python3
}
exec python3 /srv/program.py`;

test(
  'a Debian of four layers is pulled; apt installs python in it, and a program runs',
  async (context) => {
    const archive = await findArchive(dir.path);
    if (archive === undefined) return context.skip("Debian's archive cannot be reached from here");
    const built = await registry.push('debian:1', {
      layers: [
        await debianTar(archive),
        tar(directory('srv'), file('srv/program.py', 'raise SystemExit("the wrong layer")')),
        tar(file('srv/program.py', program), file('srv/start', script, 0o755)),
        tar(file('usr/share/doc/.wh.apt', ''), file('etc/motd', 'of the top layer')),
      ],
      architecture: arch() === 'x64' ? 'amd64' : arch(),
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
        Cmd: ['sh', '/srv/start'],
      },
    });
    const ref = `127.0.0.1:${port}/debian:1`;
    const pulled = await ok(['pull', ref], { timeout: minutes });
    expect(pulled.match(/: Pull complete/g)).toHaveLength(built.layers.length);
    const look = 'ls -d /usr/share/doc/a[dp]*; cat /etc/motd; dpkg --audit';
    expect((await engine.run([ref, 'sh', '-c', look])).stdout).toBe(
      '/usr/share/doc/adduser\nof the top layer',
    );

    const flags = [...(await archiveFlags(archive)), '--network', 'host'];
    const id = await ok(['run', '-d', '--name', 'python', ...flags, ref]);
    expect(await ok(['wait', id], { timeout: 3 * minutes })).toBe('42');
    const first = await engine.cli(['logs', id]);
    expect(first.stdout).toMatch(/^Setting up python3 \(/m);
    expect(first.stdout.split('\n').slice(-4)).toEqual([
      'thread ran',
      '{"answer": 42, "user": 0, "runs": 1}',
      'install ok installed',
      '',
    ]);
    expect(first.stderr).toMatch(/to stderr\n$/);

    // What was installed is in the container and stays there: the second run needs no archive.
    expect((await engine.cli(['start', '-a', id])).code).toBe(42);
    expect(await ok(['logs', '--tail', '3', id])).toContain('"runs": 2}');
    expect(await engine.inspect(id, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 42');
    await ok(['rm', '-v', id]);
  },
  4 * minutes,
);
