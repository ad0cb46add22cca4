import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, run, refused, inspect } = engine;
let count = 0;

/** A name of its own, removed after the test. */
function name(): string {
  const text = `wharf-e2e-${process.pid}-${count++}`;
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', text])));
  return text;
}

test('a named volume keeps its files when its container is removed', async () => {
  const volume = name();
  await run(['-v', `${volume}:/data`, 'busybox', 'sh', '-c', 'echo kept > /data/file']);
  expect((await run(['-v', `${volume}:/other`, 'busybox', 'cat', '/other/file'])).stdout).toBe(
    'kept\n',
  );
});

test('create prints the name, inspect shows what was asked for', async () => {
  const volume = name();
  const labels = ['--label', 'a=1', '--label', 'b'];
  expect(await ok(['volume', 'create', ...labels, volume])).toBe(volume);
  const format = '{{.Name}} {{.Driver}} {{.Scope}} {{json .Labels}}';
  expect(await ok(['volume', 'inspect', '-f', format, volume])).toBe(
    `${volume} local local {"a":"1","b":""}`,
  );
  const mountpoint = await ok(['volume', 'inspect', '-f', '{{.Mountpoint}}', volume]);
  expect(mountpoint).toMatch(new RegExp(`/volumes/${volume}/_data$`));
});

test('create without a name makes 64 hexadecimal digits', async () => {
  const volume = await ok(['volume', 'create']);
  expect(volume).toMatch(/^[0-9a-f]{64}$/);
  await ok(['volume', 'rm', volume]);
});

test('create of one that exists gives it as it is', async () => {
  const volume = name();
  await ok(['volume', 'create', '--label', 'first=1', volume]);
  expect(await ok(['volume', 'create', '--label', 'second=2', volume])).toBe(volume);
  expect(await ok(['volume', 'inspect', '-f', '{{json .Labels}}', volume])).toBe('{"first":"1"}');
});

test('names that are no names of directories are refused', async () => {
  expect(await refused(['volume', 'create', 'a/b'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /"a\/b" includes invalid characters for a local volume name/,
    ) as string,
  });
  expect((await refused(['volume', 'create', 'x'])).stderr).toMatch(
    /volume name is too short, names should be at least two alphanumeric characters/,
  );
});

test('options that the driver does not know, and half of a mount, are refused', async () => {
  const volume = name();
  expect((await refused(['volume', 'create', '-o', 'nope=1', volume])).stderr).toMatch(
    /invalid option: "nope"/,
  );
  expect((await refused(['volume', 'create', '-o', 'type=tmpfs', volume])).stderr).toMatch(
    /missing required option: "device"/,
  );
  expect((await refused(['volume', 'create', '-d', 'nosuch', volume])).stderr).toMatch(
    /error looking up volume plugin nosuch: plugin "nosuch" not found/,
  );
  expect((await refused(['volume', 'create', '-o', 'size=1g', volume])).stderr).toMatch(
    /quota size requested but no quota support/,
  );
});

test('what is not there cannot be inspected or removed, but by force', async () => {
  expect(await refused(['volume', 'inspect', 'nosuchvolume'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no such volume/i) as string,
  });
  expect((await refused(['volume', 'rm', 'nosuchvolume'])).stderr).toMatch(/no such volume/i);
  expect((await cli(['volume', 'rm', '-f', 'nosuchvolume'])).code).toBe(0);
});

test('one that a container mounts is not removed, whether it runs or not', async () => {
  const volume = name();
  const id = await engine.created(['-v', `${volume}:/data`, 'busybox']);
  expect(await refused(['volume', 'rm', volume])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`remove ${volume}: volume is in use - [${id}]`) as string,
  });
  await ok(['rm', '-v', id]);
  expect(await ok(['volume', 'rm', volume])).toBe(volume);
});

test('ls shows names; filters choose', async () => {
  const [one, two] = [name(), name()];
  await ok(['volume', 'create', '--label', 'kind=one', one]);
  await ok(['volume', 'create', two]);
  await engine.created(['-v', `${two}:/data`, 'busybox']);
  const ls = async (...filters: string[]): Promise<string[]> => {
    const flags = filters.flatMap((filter) => ['--filter', filter]);
    return (await ok(['volume', 'ls', '-q', ...flags])).split('\n').filter((line) => line !== '');
  };
  expect(await ls()).toEqual(expect.arrayContaining([one, two]));
  expect(await ls('label=kind=one')).toEqual([one]);
  expect(await ls('label=kind')).toEqual([one]);
  expect(await ls(`name=${two}`)).toEqual([two]);
  expect(await ls('dangling=true')).toContain(one);
  expect(await ls('dangling=true')).not.toContain(two);
  expect(await ls('dangling=false')).toContain(two);
  expect(await ls('driver=local')).toEqual(expect.arrayContaining([one, two]));
  expect(await ls('driver=other')).toEqual([]);
  expect((await refused(['volume', 'ls', '--filter', 'nope=1'])).stderr).toMatch(
    /invalid filter 'nope'/i,
  );
});

test('-v of a target alone is an anonymous volume, which rm -v and --rm remove', async () => {
  const id = await engine.created(['-v', '/data', 'busybox']);
  const volume = await inspect(id, '{{range .Mounts}}{{.Name}} {{.Type}} {{.Destination}}{{end}}');
  expect(volume).toMatch(/^[0-9a-f]{64} volume \/data$/);
  const [hex = ''] = volume.split(' ');
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${hex}`])).toBe(hex);
  await ok(['rm', '-v', id]);
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${hex}`])).toBe('');
});

test('rm -v leaves volumes with names, rm alone all of them', async () => {
  const volume = name();
  const id = await ok(['create', '-v', `${volume}:/a`, '-v', '/b', 'busybox']);
  const anonymous = await inspect(
    id,
    '{{range .Mounts}}{{if eq .Destination "/b"}}{{.Name}}{{end}}{{end}}',
  );
  await ok(['rm', id]);
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${anonymous}`])).toBe(anonymous);
  await ok(['volume', 'rm', anonymous]);
  await ok(['rm', '-v', await ok(['create', '-v', `${volume}:/a`, 'busybox'])]);
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${volume}`])).toBe(volume);
});

test('a new volume gets what the image has at its place, nocopy leaves it empty', async () => {
  const [full, empty] = [name(), name()];
  const list = ['busybox', 'ls', '/etc'];
  const seen = (await run(['-v', `${full}:/etc`, ...list])).stdout;
  expect(seen).toMatch(/^(group|passwd)$/m);
  expect((await run(['-v', `${full}:/x`, 'busybox', 'ls', '/x'])).stdout).toMatch(/^passwd$/m);
  const bare = await run(['-v', `${empty}:/bin2:nocopy`, 'busybox', 'ls', '-A', '/bin2']);
  expect(bare.stdout).toBe('');
  await run(['-v', `${empty}:/etc:nocopy`, 'busybox', 'true']);
  const after = await run(['-v', `${empty}:/x:nocopy`, 'busybox', 'ls', '/x']);
  expect(after.stdout).not.toMatch(/^passwd$/m);
});

test('a volume with files keeps them as they are', async () => {
  const volume = name();
  await run(['-v', `${volume}:/x`, 'busybox', 'touch', '/x/mine']);
  const { stdout } = await run(['-v', `${volume}:/etc`, 'busybox', 'ls', '/etc']);
  expect(stdout).toMatch(/^mine$/m);
  expect(stdout).not.toMatch(/^passwd$/m);
});

test('ro refuses to write', async () => {
  const volume = name();
  const args = ['-v', `${volume}:/data:ro`, 'busybox', 'touch', '/data/x'];
  const { code, stderr } = await run(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(/read-only file system/i);
});

test('--mount makes a volume with driver options and labels', async () => {
  const volume = name();
  const mount = `type=volume,src=${volume},dst=/data,volume-label=a=b,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=1m,mode=700"`;
  const { stdout, stderr } = await run(['--mount', mount, 'busybox', 'sh', '-c', 'df -m /data']);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/tmpfs\s+1\s/);
  expect(await ok(['volume', 'inspect', '-f', '{{json .Labels}}', volume])).toBe('{"a":"b"}');
});

test('a tmpfs volume is there while a container runs, and empty for the next', async () => {
  const volume = name();
  await ok(['volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', volume]);
  const id = await engine.container(['-v', `${volume}:/data`, 'busybox', 'sleep', '600']);
  await ok(['exec', id, 'touch', '/data/here']);
  const other = await run(['-v', `${volume}:/data`, 'busybox', 'ls', '/data']);
  expect(other.stdout).toBe('here\n');
  await ok(['exec', id, 'ls', '/data/here']);
  await ok(['rm', '-f', id]);
  expect((await run(['-v', `${volume}:/data`, 'busybox', 'ls', '/data'])).stdout).toBe('');
});

test('a bind volume shows a folder of the host, and fails when it is missing', async () => {
  const [good, bad] = [name(), name()];
  const bind = ['-o', 'type=none', '-o', 'o=bind'];
  await ok(['volume', 'create', ...bind, '-o', 'device=/etc', good]);
  const { stdout } = await run(['-v', `${good}:/host:ro`, 'busybox', 'ls', '/host/passwd']);
  expect(stdout).toBe('/host/passwd\n');
  await ok(['volume', 'create', ...bind, '-o', 'device=/no/such/folder', bad]);
  const { code, stderr } = await run(['-v', `${bad}:/data`, 'busybox', 'true']);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/failed to mount local volume: mount \/no\/such\/folder:.*no such file/);
});

test('--volumes-from shares volumes and binds at the same places', async () => {
  const volume = name();
  const id = await engine.container([
    ...['-v', `${volume}:/named`, '-v', '/anonymous', '-v', '/etc:/bound:ro'],
    ...['busybox', 'sh', '-c', 'touch /named/n /anonymous/a; sleep 600'],
  ]);
  await ok(['exec', id, 'sh', '-c', 'until [ -f /anonymous/a ]; do sleep 0.1; done']);
  const from = ['--volumes-from', id, 'busybox'];
  const script = 'ls /named /anonymous; ls /bound/passwd; touch /bound/x; touch /named/more';
  const { stdout, stderr } = await run([...from, 'sh', '-c', script]);
  expect(stdout).toBe('/anonymous:\na\n\n/named:\nn\n/bound/passwd\n');
  expect(stderr).toMatch(/read-only/i);
  const denied = await run(['--volumes-from', `${id}:ro`, 'busybox', 'touch', '/named/denied']);
  expect(denied.code).toBe(1);
  await ok(['exec', id, 'ls', '/named/more']);
});

test('an anonymous volume that another container took over stays with it', async () => {
  const first = await engine.created(['-v', '/data', 'busybox']);
  const second = await engine.created(['--volumes-from', first, 'busybox', 'ls', '/data']);
  const volume = await inspect(second, '{{range .Mounts}}{{.Name}}{{end}}');
  await ok(['rm', '-v', first]);
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${volume}`])).toBe(volume);
});

test('events tell of create, mount, unmount and destroy', async () => {
  const volume = name();
  await run(['-v', `${volume}:/data:ro`, 'busybox', 'true']);
  await ok(['volume', 'rm', volume]);
  const seen = await engine.events(
    ['type=volume', `volume=${volume}`],
    '{{.Action}} {{index .Actor.Attributes "driver"}} {{index .Actor.Attributes "destination"}} {{index .Actor.Attributes "read/write"}}',
  );
  expect(seen.map((line) => line.trim().replace(/ <no value>/g, ''))).toEqual([
    'create local',
    'mount local /data false',
    'unmount local',
    'destroy local',
  ]);
});
