import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Peer } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import { expect, test } from 'vitest';
import { peerCredentials, silent } from '../test-server.js';
import { listenUnix } from './unix.js';

const ignore = { logger: silent, onConnection: () => undefined };
const mode = async (path: string): Promise<string> =>
  ((await lstat(path)).mode & 0o777).toString(8);

test('the socket is the owner’s alone, and the folder has nothing else', async () => {
  await using directory = await tempDir();
  const path = join(directory.path, 'deep', 'wharf.sock');
  const listener = await listenUnix({ path, peerCredentials }, ignore);
  expect(await mode(path)).toBe('600');
  expect(await mode(join(directory.path, 'deep'))).toBe('711');
  expect(await readdir(join(directory.path, 'deep'))).toEqual(['wharf.sock']);
  await listener.close();
  expect(await readdir(join(directory.path, 'deep'))).toEqual([]);
});

test.runIf(process.getuid?.() === 0)('with a group it is the group’s too', async () => {
  await using directory = await tempDir();
  const path = join(directory.path, 'wharf.sock');
  const listener = await listenUnix({ path, groupId: 12345, peerCredentials }, ignore);
  expect(await mode(path)).toBe('660');
  expect((await lstat(path)).gid).toBe(12345);
  await listener.close();
});

test('what a dead daemon left is replaced; a living one, or a file, is not', async () => {
  await using directory = await tempDir();
  const path = join(directory.path, 'wharf.sock');
  const first = await listenUnix({ path, peerCredentials }, ignore);
  await expect(listenUnix({ path, peerCredentials }, ignore)).rejects.toMatchObject({
    code: 'failed-precondition',
  });
  await first.close();

  const dead = createServer().listen(path);
  await new Promise((resolve) => dead.once('listening', resolve));
  const stale = join(directory.path, 'stale.sock');
  await rename(path, stale);
  await new Promise((resolve) => dead.close(resolve));
  expect((await lstat(stale)).isSocket()).toBe(true);
  const second = await listenUnix({ path: stale, peerCredentials }, ignore);
  await second.close();

  await writeFile(path, 'precious');
  await expect(listenUnix({ path, peerCredentials }, ignore)).rejects.toMatchObject({
    code: 'failed-precondition',
  });
});

test('closing leaves a socket alone that another daemon put there', async () => {
  await using directory = await tempDir();
  const path = join(directory.path, 'wharf.sock');
  const listener = await listenUnix({ path, peerCredentials }, ignore);
  await rename(path, `${path}.old`);
  await mkdir(path);
  await listener.close();
  expect((await lstat(path)).isDirectory()).toBe(true);
});

test('a connection comes with its peer; one whose peer is unknown is closed', async () => {
  await using directory = await tempDir();
  const path = join(directory.path, 'wharf.sock');
  const peers: Peer[] = [];
  let known = true;
  const credentials = (socket: Socket) => {
    if (!known || socket.destroyed) throw new TypeError('gone');
    return { pid: 5, uid: 6, gid: 7 };
  };
  const listener = await listenUnix(
    { path, peerCredentials: credentials },
    { logger: silent, onConnection: (_, peer) => peers.push(peer) },
  );
  const friend = connect(path);
  await expect.poll(() => peers).toEqual([{ kind: 'unix', pid: 5, uid: 6, gid: 7 }]);
  friend.destroy();
  known = false;
  const stranger = connect(path).resume();
  await new Promise((resolve) => stranger.once('close', resolve));
  expect(peers).toHaveLength(1);
  await listener.close();
});

test('a path that no socket address can hold is refused', async () => {
  const path = `/tmp/${'x'.repeat(120)}`;
  const call = listenUnix({ path, peerCredentials }, ignore);
  await expect(call).rejects.toMatchObject({ code: 'invalid-argument' });
});
