import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type CallOptions, DataLossError, WharfError } from '@wharf/core';

const tools = {
  xz: ['xz', '-dc', '-T1', '--memlimit-decompress=512MiB'],
  bzip2: ['bzip2', '-dc'],
} as const;

const searched = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const maxSaid = 1000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Decompresses with a tool of the host, of which Node knows nothing itself.
 * @throws WharfError unimplemented when the host has no such tool, DataLossError when the tool finds the stream corrupt
 */
export async function* throughTool(
  source: AsyncIterable<Uint8Array>,
  kind: keyof typeof tools,
  { signal }: CallOptions,
): AsyncGenerator<Buffer> {
  const [command, ...args] = tools[kind];
  const child = spawn(command, args, {
    cwd: '/',
    env: { PATH: searched, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child, kind);
  ended.catch(() => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let fault: unknown;
  const feeding = feed(source, child.stdin).catch((error: unknown) => {
    fault = error;
    kill();
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await feeding;
    if (fault !== undefined) throw fault;
    await ended;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

function endOf(child: Child, kind: string): Promise<void> {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(0, maxSaid);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new WharfError(
          'unimplemented',
          `the stream is compressed with ${kind}, which this host has no tool for: install ${kind} or decompress it before`,
          { cause },
        ),
      ),
    );
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new DataLossError(`the ${kind} stream is corrupt: ${said.trim()}`));
    });
  });
}

/** A tool that stops reading closes the pipe; what it says of that is what counts. */
async function feed(source: AsyncIterable<Uint8Array>, input: Writable): Promise<void> {
  let closed = false;
  input.on('error', () => undefined);
  input.once('close', () => (closed = true));
  for await (const chunk of source) {
    if (closed) return;
    await new Promise<void>((done) => input.write(chunk, () => done()));
  }
  input.end();
}
