import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { NftAnswer } from '@wharf/linux/native';

/** The program of nftables(8), for hosts without its library. `started` is told of its process, whose changes are ours. */
export async function spawnNft(
  commands: string,
  json: boolean,
  started: (pid: number) => void,
): Promise<NftAnswer> {
  const child = spawn('nft', [...(json ? ['-j'] : []), '-f', '-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  if (child.pid !== undefined) started(child.pid);
  child.stdin.on('error', () => undefined);
  child.stdin.end(commands);
  const [output, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { applied: code === 0, output, error };
}
