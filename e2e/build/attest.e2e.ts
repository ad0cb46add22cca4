import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { lacksArchive } from '../support/debian-archive.js';
import { debianArchive } from '../support/debian-image.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { startDockerd } from '../support/dockerd.js';
import { hostApt } from '../support/host-apt.js';
import { podmanOnItsOwn } from '../support/podman.js';
import { freePort } from '../support/port.js';
import { Tool } from '../support/tool.js';

const port = await freePort();
const engine = useEngine({ flags: ['--insecure-registry', `127.0.0.1:${port}`] });
const { cli, ok } = engine;
const skopeo = new Tool('skopeo');
const minutes = 60_000;
let registry: DockerRegistry;
let dir: TempDir;

beforeAll(async () => {
  registry = await DockerRegistry.start({ port });
  dir = await tempDir('wharf-attest-');
  await context('app', {
    Dockerfile: dockerfile,
    'app/node_modules/@scope/left/package.json': '{"name":"@scope/left","version":"1.3.0"}',
    'app/node_modules/broken/package.json': '{',
    'py/six-1.16.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n\nx',
  });
  await writeFile(join(dir.path, 'token'), 'canary-of-secrets');
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir.remove();
});

const dockerfile = `FROM busybox AS base
ARG GREETING=none
RUN mkdir -p /var/lib/dpkg /usr/lib && printf 'ID=debian\\nVERSION_ID="12"\\n' > /usr/lib/os-release
FROM base
RUN printf 'Package: hello\\nStatus: install ok installed\\nArchitecture: amd64\\nVersion: 2.10-3\\n\\n' > /var/lib/dpkg/status
RUN --mount=type=secret,id=token cat /run/secrets/token > /dev/null && echo $GREETING > /greeting
COPY app /app
COPY py /usr/lib/python3
CMD ["cat", "/greeting"]
`;

async function context(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir.path, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

const place = (name: string): string => `127.0.0.1:${port}/${name}`;
const docker = (name: string): string => `docker://${place(name)}`;

interface Entry {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Document {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests?: readonly Entry[];
  readonly layers?: readonly Entry[];
  readonly subject?: Entry;
}

interface Spdx {
  readonly spdxVersion: string;
  readonly comment?: string;
  readonly packages: readonly {
    readonly name: string;
    readonly externalRefs?: readonly { readonly referenceLocator: string }[];
  }[];
}

interface Attested {
  readonly index: Document;
  readonly image: Entry;
  readonly manifest: Document;
  readonly sbom?: Spdx;
  readonly provenance?: Readonly<Record<string, never>>;
}

/** What an image says of itself, found as docker buildx imagetools finds it, by skopeo alone. */
async function attested(name: string): Promise<Attested> {
  const raw = (ref: string): Promise<string> =>
    skopeo.ok(['inspect', '--raw', '--tls-verify=false', ref]);
  const index = JSON.parse(await raw(docker(name))) as Document;
  const [repository = ''] = name.split(':');
  const isAbout = ({ annotations }: Entry): boolean =>
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
  const about = index.manifests?.find(isAbout);
  const digest = about?.annotations?.['vnd.docker.reference.digest'];
  const image = index.manifests?.find((entry) => entry.digest === digest);
  const text = await raw(`${docker(repository)}@${about?.digest}`);
  expect(sha256(text)).toBe(about?.digest);
  const manifest = JSON.parse(text) as Document;
  const found: Record<string, unknown> = {};
  for (const { digest: blob, mediaType, annotations } of manifest.layers ?? []) {
    expect(mediaType).toBe('application/vnd.in-toto+json');
    const answer = await fetch(`http://${place('').slice(0, -1)}/v2/${repository}/blobs/${blob}`);
    const body = await answer.text();
    expect(sha256(body)).toBe(blob);
    const statement = JSON.parse(body) as Readonly<Record<string, unknown>>;
    expect(statement['predicateType']).toBe(annotations?.['in-toto.io/predicate-type']);
    expect(statement['subject']).toMatchObject([{ digest: { sha256: digest?.slice(7) } }]);
    found[String(statement['predicateType'])] = statement['predicate'];
  }
  return {
    ...{ index, image: image as Entry, manifest },
    sbom: found['https://spdx.dev/Document'] as Spdx,
    provenance: found['https://slsa.dev/provenance/v1'] as never,
  };
}

const sha256 = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

const urls = (sbom: Spdx | undefined): string[] =>
  (sbom?.packages ?? []).flatMap(({ externalRefs = [] }) =>
    externalRefs.map(({ referenceLocator }) => referenceLocator),
  );

async function build(name: string, ...flags: string[]): Promise<Readonly<Record<string, never>>> {
  const metadata = join(dir.path, `${name.replace(':', '-')}.json`);
  const secret = ['--secret', `id=token,src=${join(dir.path, 'token')}`];
  const args = ['--build-arg', 'GREETING=good morning', '--metadata-file', metadata, ...secret];
  await ok(['build', ...args, ...flags, '-t', place(name), '--push', join(dir.path, 'app')]);
  return JSON.parse(await readFile(metadata, 'utf8')) as Readonly<Record<string, never>>;
}

const descriptor = (name: string): Promise<string> =>
  ok(['image', 'inspect', '-f', '{{.Descriptor.digest}}', place(name)]);

describe('a list of packages and provenance', () => {
  test('lie beside the image, where others find and verify them', async () => {
    const metadata = await build('app:1', '--sbom', '--provenance=mode=max');
    const { index, image, manifest, sbom, provenance } = await attested('app:1');
    expect(metadata['containerimage.digest']).toBe(await descriptor('app:1'));
    expect(metadata['containerimage.digest']).toBe((await registry.manifest('app:1')).digest);
    expect(index.manifests?.map(({ platform }) => platform?.os)).toEqual(['linux', 'unknown']);
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      subject: { digest: image.digest },
    });
    expect(sbom).toMatchObject({ spdxVersion: 'SPDX-2.3', comment: expect.stringMatching(/^1 /) });
    expect(urls(sbom)).toEqual([
      'pkg:deb/debian/hello@2.10-3?arch=amd64&distro=debian-12',
      'pkg:npm/%40scope/left@1.3.0',
      'pkg:pypi/six@1.16.0',
    ]);
    const base = await ok(['image', 'inspect', '-f', '{{.Descriptor.digest}}', 'busybox']);
    const resolvedDependencies = expect.arrayContaining([
      {
        uri: expect.stringMatching(/^pkg:docker\/busybox@latest\?platform=/),
        digest: { sha256: base.slice(7) },
      },
    ]);
    expect(provenance).toMatchObject({
      buildDefinition: {
        externalParameters: {
          request: {
            args: { 'build-arg:GREETING': 'good morning' },
            secrets: [{ id: 'token' }],
          },
        },
        resolvedDependencies,
      },
      runDetails: { metadata: { invocationId: metadata['wharf.build.id'] } },
    });
    expect(metadata['buildx.build.provenance']).toMatchObject({
      buildDefinition: { resolvedDependencies: [{ digest: { sha256: base.slice(7) } }] },
    });
    expect(JSON.stringify([provenance, sbom, metadata])).not.toContain('canary');
  });

  test('are listed as referrers of the image, under the tag of a registry without a list', async () => {
    await build('ref:1', '--attest', 'type=sbom');
    const { image, index } = await attested('ref:1');
    const { document } = await registry.manifest(`ref:${image.digest.replace(':', '-')}`);
    expect(document.manifests).toEqual([
      expect.objectContaining({
        digest: index.manifests?.[1]?.digest,
        artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      }),
    ]);
  });

  test('are nothing that one has to ask for not to have', async () => {
    await build('plain:1');
    const { mediaType, digest } = await registry.manifest('plain:1');
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    await build('min:1', '--provenance', '--sbom');
    const { image, provenance } = await attested('min:1');
    expect(image.digest).toBe(digest);
    expect(JSON.stringify(provenance)).not.toMatch(/good morning|token/);
    const first = (await registry.manifest('min:1')).digest;
    await ok(['builder', 'prune', '-af']);
    await build('min:1', '--provenance', '--sbom');
    expect((await registry.manifest('min:1')).digest).toBe(first);
  });

  test('stay with the image through push, pull, save and load', async () => {
    await build('moved:1', '--provenance', '--sbom');
    const digest = await descriptor('moved:1');
    const kinds = ['image', 'inspect', '-f', '{{json .Manifests}}', place('moved:1')];
    expect(await ok(kinds)).toMatch(
      /"Kind":"image".*"Available":true,[^{]*\{[^}]*\},"Kind":"attestation"/,
    );
    const listed = JSON.parse(await ok(['manifest', 'inspect', place('moved:1')])) as Document;
    expect(listed.manifests).toHaveLength(2);
    const archive = join(dir.path, 'moved.tar');
    await ok(['save', '-o', archive, place('moved:1')]);
    await ok(['rmi', place('moved:1')]);
    await ok(['load', '-i', archive]);
    expect(await descriptor('moved:1')).toBe(digest);
    await ok(['tag', place('moved:1'), place('again:1')]);
    await ok(['push', place('again:1')]);
    expect((await registry.manifest('again:1')).digest).toBe(digest);
    expect(urls((await attested('again:1')).sbom)).toHaveLength(3);
    await ok(['rmi', place('moved:1'), place('again:1')]);
    await ok(['pull', place('again:1')]);
    expect(await descriptor('again:1')).toBe(digest);
    expect((await engine.run([place('again:1')])).stdout).toBe('good morning\n');
  });

  test('are in archives too', async () => {
    const [oci, old] = [join(dir.path, 'oci.tar'), join(dir.path, 'docker.tar')];
    const outputs = ['-o', `type=oci,dest=${oci}`, '-o', `type=docker,dest=${old},name=old:1`];
    const secret = ['--secret', `id=token,src=${join(dir.path, 'token')}`];
    await ok(['build', '--sbom', ...secret, ...outputs, join(dir.path, 'app')]);
    const raw = await skopeo.ok(['inspect', '--raw', `oci-archive:${oci}`]);
    const { manifests = [] } = JSON.parse(raw) as Document;
    expect(manifests.map(({ platform }) => platform?.os)).toEqual(['linux', 'unknown']);
    expect(await ok(['load', '-i', old])).toContain('old:1');
    expect((await engine.run(['old:1'])).stdout).toBe('none\n');
  });
});

test('an image with them runs elsewhere as before', { timeout: 3 * minutes }, async () => {
  await build('elsewhere:1', '--provenance', '--sbom');
  const insecure = '--tls-verify=false';
  const other = await podmanOnItsOwn();
  onTestFinished(() => other[Symbol.asyncDispose]());
  await other.podman.ok(['pull', '-q', insecure, place('elsewhere:1')]);
  expect((await other.run([place('elsewhere:1')])).stdout).toBe('good morning\n');
  await other.podman.ok(['rmi', place('elsewhere:1')]);
  const { docker: client, ...dockerd } = await startDockerd();
  onTestFinished(() => dockerd[Symbol.asyncDispose]());
  await client.ok(['pull', '-q', place('elsewhere:1')]);
  const ran = await client.ok(['run', '--rm', '--network', 'none', place('elsewhere:1')]);
  expect(ran).toBe('good morning');
});

const lacking = await lacksArchive();

test.skipIf(lacking)(
  'packages that a step installs are on the list, with those of the base',
  { timeout: 8 * minutes },
  async () => {
    const { configuration, proxies } = await hostApt();
    await ok(['import', await debianArchive([]), 'debian'], { timeout: 2 * minutes });
    const step = 'apt-get update && apt-get install -y --no-install-recommends hello';
    const mounts = [
      '--mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host,mode=0444',
      '--mount=type=secret,id=authorities,mode=0444',
    ];
    await context('deb', { Dockerfile: `FROM debian\nRUN ${mounts.join(' ')} ${step}\n` });
    const apt = join(dir.path, 'apt.conf');
    await writeFile(apt, `${configuration}Acquire::https::CAInfo "/run/secrets/authorities";\n`);
    const reach = [
      ...['--secret', `id=apt,src=${apt}`],
      ...['--secret', 'id=authorities,src=/etc/ssl/certs/ca-certificates.crt'],
      ...proxies.flatMap((name) => ['--build-arg', name]),
    ];
    const flags = ['--sbom', '--provenance=max', '-t', place('deb:1'), '--push'];
    const timeout = 4 * minutes;
    const built = await cli(['build', ...flags, ...reach, join(dir.path, 'deb')], { timeout });
    expect(built, built.stderr).toMatchObject({ code: 0 });
    const { sbom, provenance } = await attested('deb:1');
    const query = ['dpkg-query', '-W', '-f', '${Package} ${Version}\\n'];
    const { stdout } = await engine.run([place('deb:1'), ...query]);
    const installed = stdout.trim().split('\n').sort();
    expect(installed.length).toBeGreaterThan(50);
    const told = (sbom?.packages ?? []).slice(1) as readonly Readonly<Record<string, unknown>>[];
    expect(
      told.map((one) => `${String(one['name'])} ${String(one['versionInfo'])}`).sort(),
    ).toEqual(installed);
    expect(urls(sbom).find((url) => url.includes('/hello@'))).toMatch(
      /^pkg:deb\/debian\/hello@[^?]+\?arch=\w+&distro=debian-\d+$/,
    );
    for (const name of proxies) {
      const value = process.env[name] ?? '';
      if (value.includes('@')) expect(JSON.stringify(provenance)).not.toContain(value);
    }
  },
);
