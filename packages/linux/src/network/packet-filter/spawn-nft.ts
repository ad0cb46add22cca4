import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Native, NftAnswer } from '@wharf/linux/native';

/** The program of nftables(8), for hosts without its library. `started` is told of its process, whose changes are ours. */
export async function spawnNft(
  native: Native,
  commands: string,
  json: boolean,
  started: (pid: number) => void,
): Promise<NftAnswer> {
  // It opens /dev/stdin, which works for a pipe but not for the sockets that Node gives its children. With -j it takes
  // what it reads for JSON.
  const { read, write } = native.pipe();
  const input = createWriteStream('', { fd: write });
  input.on('error', () => undefined);
  const child = spawn('nft', json ? ['-j', commands] : ['-f', '-'], {
    stdio: [read, 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  closeSync(read);
  if (child.pid !== undefined) started(child.pid);
  input.end(json ? '' : commands);
  const [output, error, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { applied: code === 0, output, error };
}

async function textOf(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream);
}
