import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxOf, canEmulate, emulate, lacksEmulator } from '../support/emulator.js';

const engine = useEngine();
const own = arch() === 'arm64' ? 'arm64' : 'amd64';
const foreign = own === 'arm64' ? 'amd64' : 'arm64';
const both = `linux/${own},linux/${foreign}`;
/** The machine of a program, as the kernel finds its interpreter by it: elf(5), e_machine. */
const machines = { amd64: '\\076\\000', arm64: '\\267\\000' };

/** The shell of the host as if it were for another machine. */
function program(architecture: keyof typeof machines): Buffer {
  const bytes = readFileSync('/bin/busybox');
  bytes.writeUInt16LE(architecture === 'amd64' ? 62 : 183, 18);
  return bytes;
}

async function directoryOf(dockerfile: string): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  await writeFile(join(dir.path, 'Dockerfile'), dockerfile);
  await writeFile(join(dir.path, 'data'), 'data');
  return dir.path;
}

/** The media type of what was built for both. */
async function built(dockerfile: string, ...flags: readonly string[]): Promise<string> {
  const path = await directoryOf(dockerfile);
  const metadata = join(path, 'metadata');
  const all = ['--platform', both, '-t', 'multi', '--metadata-file', metadata, ...flags];
  await engine.ok(['build', '-q', ...all, path]);
  const { 'containerimage.descriptor': descriptor } = JSON.parse(
    readFileSync(metadata, 'utf8'),
  ) as Record<string, { readonly mediaType: string }>;
  return descriptor?.mediaType ?? '';
}

describe('several platforms', () => {
  test('are one index, each with its own config', async () => {
    const type = await built('FROM scratch\nARG TARGETARCH\nCOPY data /\nENV A=$TARGETARCH\n');
    expect(type).toBe('application/vnd.oci.image.index.v1+json');
    for (const architecture of [own, foreign]) {
      const flags = [
        '--platform',
        `linux/${architecture}`,
        '-f',
        '{{.Architecture}} {{.Config.Env}}',
      ];
      expect(await engine.ok(['image', 'inspect', ...flags, 'multi'])).toMatch(
        new RegExp(`^${architecture} .*A=${architecture}\\]$`),
      );
    }
  });

  test('come from a build stage of this platform, which compiles for each', async () => {
    const dockerfile = `FROM --platform=$BUILDPLATFORM busybox AS compile
ARG TARGETARCH
ARG BUILDPLATFORM
RUN case $TARGETARCH in amd64) m='${machines.amd64}';; arm64) m='${machines.arm64}';; esac; \\
  { printf '\\177ELF\\002\\001\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000'; printf "$m"; } >/program; \\
  echo "$(uname -m) $BUILDPLATFORM" >/built-on
FROM scratch
COPY --from=compile /program /built-on /
`;
    const out = await tempDir();
    onTestFinished(() => out.remove());
    await built(dockerfile, '--load', '--output', out.path);
    const read = (architecture: string, name: string): Buffer =>
      readFileSync(join(out.path, `linux_${architecture}`, name));
    expect(read('amd64', 'program').readUInt16LE(18)).toBe(62);
    expect(read('arm64', 'program').readUInt16LE(18)).toBe(183);
    expect(read(foreign, 'built-on').toString()).toMatch(new RegExp(` linux/${own}\n$`));
    expect(read(foreign, 'built-on')).toEqual(read(own, 'built-on'));
  });

  test('a step of no platform is executed once for all', async () => {
    const path = await directoryOf(
      'FROM --platform=$BUILDPLATFORM busybox AS a\nRUN echo once >/a\nFROM scratch\nCOPY --from=a /a /\n',
    );
    const { stderr } = await engine.cli(['build', '--progress', 'plain', '--platform', both, path]);
    expect(stderr.match(/\] RUN echo once/g)).toHaveLength(1);
  });
});

describe.skipIf(canEmulate())('without an emulator', () => {
  test('RUN on a foreign platform says what is missing', async () => {
    const path = await directoryOf('FROM scratch\nCOPY sh /bin/sh\nRUN true\n');
    await writeFile(join(path, 'sh'), program(foreign), { mode: 0o755 });
    const { code, stderr } = await engine.refused([
      'build',
      '--platform',
      `linux/${foreign}`,
      path,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`linux/${foreign}`);
    expect(stderr).toContain('binfmt_misc');
    expect(stderr).toContain('qemu-user-static');
    expect(stderr).toContain('--platform=$BUILDPLATFORM');
  });
});

// After the tests without one: what it sets up is of the whole machine.
describe.skipIf(await lacksEmulator())('with an emulator', () => {
  const machine = { amd64: 'x86_64', arm64: 'aarch64' };
  let emulator: AsyncDisposable;
  beforeAll(async () => {
    emulator = await emulate(own, foreign);
  }, 300_000);
  afterAll(() => emulator[Symbol.asyncDispose]());

  test('RUN is executed on each platform, and so is what was built', async () => {
    const path = await directoryOf(`FROM scratch
ARG TARGETARCH
COPY --chmod=755 busybox-$TARGETARCH /bin/busybox
COPY --chmod=755 busybox-$TARGETARCH /bin/sh
RUN /bin/busybox uname -m >/machine && /bin/busybox id -u >>/machine
CMD ["/bin/busybox", "uname", "-m"]
`);
    for (const each of [own, foreign] as const)
      await copyFile(await busyboxOf(each), join(path, `busybox-${each}`));
    const out = await tempDir();
    onTestFinished(() => out.remove());
    const metadata = join(path, 'metadata');
    const flags = ['--load', '--output', out.path, '--metadata-file', metadata];
    await engine.ok(['build', '-q', '--platform', both, '-t', 'emulated', ...flags, path]);
    const { 'containerimage.descriptor': descriptor } = JSON.parse(
      readFileSync(metadata, 'utf8'),
    ) as Record<string, { readonly mediaType: string }>;
    expect(descriptor?.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    for (const each of [own, foreign] as const) {
      const file = join(out.path, `linux_${each}`, 'machine');
      expect(readFileSync(file, 'utf8')).toBe(`${machine[each]}\n0\n`);
      const run = ['run', '--rm', '--network', 'none', '--platform', `linux/${each}`, 'emulated'];
      expect(await engine.ok(run)).toBe(machine[each]);
    }
  }, 300_000);
});
