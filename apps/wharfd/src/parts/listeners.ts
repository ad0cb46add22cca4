import type { Socket } from 'node:net';
import type { Native } from '@wharf/linux/native';
import type { ListenerOptions } from '@wharf/server';
import type { Config } from '../config/schema.js';
import { parseTcp, tlsFiles } from '../config/slices.js';
import { groupId } from '../life/group.js';

/** What the kernel holds for a caller who reads slowly. */
const sendBufferBytes = 512 * 1024;

/** Where the API is served. */
export async function listeners(
  config: Config,
  native: Native,
): Promise<readonly ListenerOptions[]> {
  const group = await groupId(config.group);
  return config.hosts.map((url): ListenerOptions => {
    if (url.startsWith('unix://')) {
      return {
        kind: 'unix',
        path: url.slice('unix://'.length),
        ...(group === undefined ? {} : { groupId: group }),
        peerCredentials: (socket) => native.peerCredentials(descriptorOf(socket)),
        widen: (socket) => native.setSendBuffer(descriptorOf(socket), sendBufferBytes),
      };
    }
    const minVersion = config['tls-min-version'] === '1.2' ? 'TLSv1.2' : 'TLSv1.3';
    return { kind: 'tls', ...parseTcp(url), files: tlsFiles(config), minVersion };
  });
}

/** Node keeps the descriptor of a socket in its handle; -1 when it is closed already. */
function descriptorOf(socket: Socket): number {
  const handle = (socket as unknown as { _handle?: { fd?: number } })._handle;
  return handle?.fd ?? -1;
}
