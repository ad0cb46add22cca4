import { createSocket } from 'node:dgram';
import { readFileSync, statSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import { randomBytes } from 'node:crypto';
import { answersQuestion, type Query } from './message.js';

/** How long one server may take; then the next is asked. */
const patienceMs = 2500;
const mostServers = 3;
/** Questions under way at a time, of all containers; a flood of one must not take all descriptors. */
const mostAtOnce = 512;
const port = 53;

/** Servers that are asked where a container names none: those of the host, as they change. */
export class HostServers {
  readonly #path: string;
  #stamp = '';
  #servers: readonly string[] = [];

  constructor(path = '/etc/resolv.conf') {
    this.#path = path;
  }

  current(): readonly string[] {
    const stamp = stampOf(this.#path);
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#servers = readServers(this.#path);
    }
    return this.#servers;
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

function readServers(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/[ \t]+/))
      .filter(
        ([key, server]) =>
          key === 'nameserver' && isIP((server ?? '').split('%', 1)[0] ?? '') !== 0,
      )
      .map(([, server]) => server as string);
  } catch {
    return [];
  }
}

/** Passes questions on, byte by byte, under an id and a port of their own (RFC 5452). */
export class Upstream {
  #underWay = 0;

  /** The first answer of the servers, in their order; undefined when none has come. */
  async ask(
    servers: readonly string[],
    message: Buffer,
    query: Query,
    overTcp: boolean,
  ): Promise<Buffer | undefined> {
    if (this.#underWay >= mostAtOnce) return undefined;
    this.#underWay++;
    try {
      let last: Buffer | undefined;
      for (const server of servers.slice(0, mostServers)) {
        const asked = Buffer.from(message);
        randomBytes(2).copy(asked);
        const answer = await (overTcp ? askOverTcp : askOverUdp)(server, asked, query);
        if (answer === undefined) continue;
        answer.writeUInt16BE(query.id, 0);
        last = answer;
        // A server that cannot tell is no reason not to ask the next.
        const code = answer.readUInt16BE(2) & 15;
        if (code !== 2 && code !== 5) return answer;
      }
      return last;
    } finally {
      this.#underWay--;
    }
  }
}

function askOverUdp(server: string, asked: Buffer, query: Query): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
    let open = true;
    const finish = (answer: Buffer | undefined) => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), patienceMs);
    socket.on('error', () => finish(undefined));
    socket.on('message', (answer: Buffer) => {
      if (answersQuestion(answer, asked, query)) finish(Buffer.from(answer));
    });
    // A connected socket hears its peer alone, and of its absence at once.
    socket.connect(port, server, () => {
      if (open) socket.send(asked, (error) => error && finish(undefined));
    });
  });
}

function askOverTcp(server: string, asked: Buffer, query: Query): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: server, port });
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (answer: Buffer | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), patienceMs);
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('connect', () => socket.write(framed(asked)));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < 2) return;
      const all = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const wanted = all.readUInt16BE(0) + 2;
      if (size < wanted) return;
      const answer = Buffer.from(all.subarray(2, wanted));
      finish(answersQuestion(answer, asked, query) ? answer : undefined);
    });
  });
}

/** With its length in front (RFC 1035, 4.2.2). */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
