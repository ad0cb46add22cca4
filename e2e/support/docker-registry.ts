import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, UnavailableError } from '@wharf/core';
import { buildImage, buildIndex, run, tempDir } from '@wharf/testing';
import type { BuiltImage, ImageInput, TempDir } from '@wharf/testing';

/** alice:secret, bcrypt of cost 5. */
const htpasswd = 'alice:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

const documentTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** What a registry has by a name, of which a test looks at a part. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly document: {
    readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[];
    readonly manifests?: readonly {
      readonly digest: string;
      readonly platform?: Readonly<Record<string, unknown>>;
    }[];
  };
}

export interface DockerRegistryOptions {
  readonly port: number;
  /** Only alice with the password `secret` may do anything. */
  readonly auth?: boolean;
  /** Speaks https with this certificate; asks for one that `clientCa` has signed, if given. `push` is for http alone. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

function tlsSettings({ tls }: DockerRegistryOptions): object {
  if (tls === undefined) return {};
  const { cert, key, clientCa } = tls;
  return {
    tls: { certificate: cert, key, ...(clientCa === undefined ? {} : { clientcas: [clientCa] }) },
  };
}

/** Debian's docker-registry on a loopback port, with its storage in a throwaway folder; skopeo pushes to it. */
export class DockerRegistry implements AsyncDisposable {
  readonly host: string;
  readonly #dir: TempDir;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #auth: boolean;
  #log = '';
  #pushes = 0;

  private constructor(dir: TempDir, { port, auth = false }: DockerRegistryOptions) {
    this.host = `127.0.0.1:${port}`;
    this.#dir = dir;
    this.#auth = auth;
    this.#child = spawn('docker-registry', ['serve', join(dir.path, 'config.yml')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    });
    this.#exited = once(this.#child, 'exit');
    this.#exited.catch(() => undefined);
  }

  static async start(options: DockerRegistryOptions): Promise<DockerRegistry> {
    const dir = await tempDir('docker-registry-');
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(dir.path, 'data') } },
      http: { addr: `127.0.0.1:${options.port}`, ...tlsSettings(options) },
      ...(options.auth === true
        ? { auth: { htpasswd: { realm: 'test', path: join(dir.path, 'htpasswd') } } }
        : {}),
    };
    await writeFile(join(dir.path, 'htpasswd'), htpasswd);
    await writeFile(join(dir.path, 'config.yml'), JSON.stringify(config));
    const registry = new DockerRegistry(dir, options);
    await registry.#listening();
    return registry;
  }

  async #listening(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const collect = (chunk: Buffer): void => {
      this.#log += chunk.toString();
      if (this.#log.includes('listening on')) resolve();
    };
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    await Promise.race([promise, this.#exited]);
    if (this.#child.exitCode === null) return;
    throw new UnavailableError(`docker-registry ended at its start: ${this.#log}`);
  }

  /** How many GET requests for that blob or manifest have been answered. */
  gets(digest: string): number {
    const lines = this.#log.split('\n');
    return lines.filter((line) => line.includes('"GET ') && line.includes(digest)).length;
  }

  /** The manifest or index of a name, as its bytes are, whatever their type; only without `auth`. */
  async manifest(name: string): Promise<StoredManifest> {
    const at = name.lastIndexOf(':');
    const url = `http://${this.host}/v2/${name.slice(0, at)}/manifests/${name.slice(at + 1)}`;
    const answer = await fetch(url, { headers: { accept: documentTypes.join(', ') } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw new FailedPreconditionError(`${url}: ${answer.status} ${String(bytes)}`);
    return {
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      mediaType: answer.headers.get('content-type') ?? '',
      document: JSON.parse(bytes.toString()) as StoredManifest['document'],
    };
  }

  /** Builds an image and pushes it as `name:tag`; gives it as it was built. */
  async push(name: string, input: ImageInput, flags?: readonly string[]): Promise<BuiltImage> {
    const image = buildImage(input);
    await this.#pushLayout(name, [image], image.descriptor, flags);
    return image;
  }

  /** Pushes an index of images, one for each platform. */
  async pushIndex(name: string, inputs: readonly ImageInput[]): Promise<string> {
    const images = inputs.map(buildImage);
    const index = buildIndex(images);
    const own = { digest: index.descriptor.digest, bytes: index.bytes };
    await this.#pushLayout(name, images, index.descriptor, ['--all'], own);
    return index.descriptor.digest;
  }

  /** Pushes what lies in an OCI layout: `skopeo copy oci:… docker://…`. */
  async pushDirectory(layout: string, name: string, flags: readonly string[] = []): Promise<void> {
    const creds = this.#auth ? ['--dest-creds', 'alice:secret'] : [];
    const all = ['--insecure-policy', 'copy', '--dest-tls-verify=false', ...creds, ...flags];
    const { code, stderr } = await run('skopeo', [...all, layout, `docker://${this.host}/${name}`]);
    if (code !== 0) throw new FailedPreconditionError(`skopeo: ${stderr}`);
  }

  async #pushLayout(
    name: string,
    images: readonly BuiltImage[],
    top: object,
    flags: readonly string[] = ['--preserve-digests'],
    index?: { readonly digest: string; readonly bytes: Uint8Array },
  ): Promise<void> {
    const dir = join(this.#dir.path, `layout-${this.#pushes++}`);
    await mkdir(join(dir, 'blobs/sha256'), { recursive: true });
    const blobs = new Map(images.flatMap((image) => [...image.blobs]));
    for (const image of images) blobs.set(image.descriptor.digest, image.manifest);
    if (index !== undefined) blobs.set(index.digest, index.bytes);
    for (const [digest, bytes] of blobs) {
      await writeFile(join(dir, 'blobs', digest.replace(':', '/')), bytes);
    }
    const annotations = { 'org.opencontainers.image.ref.name': '1' };
    const manifests = [{ ...top, annotations }];
    await writeFile(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(dir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    await this.pushDirectory(`oci:${dir}:1`, name, flags);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited.catch(() => undefined);
    await this.#dir.remove();
  }
}
