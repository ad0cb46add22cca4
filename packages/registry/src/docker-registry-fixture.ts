import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';

export const dockerRegistryBinary = '/usr/bin/docker-registry';

/** alice:secret, bcrypt of cost 5. */
const htpasswd = 'alice:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

export interface DockerRegistryOptions {
  /** alice:secret is asked for. */
  readonly auth?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
}

/** Debian's docker-registry on a loopback port, its storage in `dir`. */
export async function startDockerRegistry(dir: string, options: DockerRegistryOptions = {}) {
  const { auth = false, tls } = options;
  const host = `127.0.0.1:${await freePort()}`;
  await writeFile(`${dir}/htpasswd`, htpasswd);
  if (tls !== undefined) await writeFile(`${dir}/cert.pem`, tls.cert);
  if (tls !== undefined) await writeFile(`${dir}/key.pem`, tls.key);
  const files = { certificate: `${dir}/cert.pem`, key: `${dir}/key.pem` };
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: `${dir}/data` }, delete: { enabled: true } },
    http: { addr: host, ...(tls === undefined ? {} : { tls: files }) },
    ...(auth ? { auth: { htpasswd: { realm: 'test', path: `${dir}/htpasswd` } } } : {}),
  };
  await writeFile(`${dir}/config.yml`, JSON.stringify(config));
  const child = spawn(dockerRegistryBinary, ['serve', `${dir}/config.yml`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const listening = new Promise<void>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      if (line.includes('listening on')) resolve();
    });
  });
  await Promise.race([listening, exited]);
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A cable to `host` that can be cut after some more bytes to it. */
export async function startCable(host: string) {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  let cuts = 0;
  const [name, port] = host.split(':');
  const server = createServer((near) => {
    const far = connect(Number(port), name);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    near.on('close', cut);
    far.on('close', cut);
    far.pipe(near);
    near.on('data', (chunk) => {
      left -= chunk.length;
      if (!far.write(chunk)) near.pause();
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      cuts += 1;
      cut();
    });
    far.on('drain', () => near.resume());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    /** Cuts the connection that carries the last of `bytes` more. */
    cutAfter(bytes: number): void {
      left = bytes;
    },
    /** Cuts all connections. */
    cutNow(): void {
      cuts += 1;
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
