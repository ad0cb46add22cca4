import { createServer } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { isWharfError } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPlugin, parseAddress } from './discover.js';

test('a socket comes before a spec, a spec before JSON', async () => {
  await using dir = await tempDir();
  const [sockets, specs] = [join(dir.path, 's'), join(dir.path, 'e')];
  for (const each of [sockets, specs]) await mkdir(each);
  const find = (name: string): ReturnType<typeof findPlugin> =>
    findPlugin({ sockets, specs: [specs] }, name);
  expect(await find('p')).toBeUndefined();
  await writeFile(join(specs, 'p.json'), '{"Name":"p","Addr":"tcp://127.0.0.1:99"}');
  expect(await find('p')).toEqual({ kind: 'tcp', host: '127.0.0.1', port: 99 });
  await writeFile(join(specs, 'p.spec'), 'unix:///run/p.sock\n');
  expect(await find('p')).toEqual({ kind: 'unix', path: '/run/p.sock' });
  await writeFile(join(sockets, 'p.sock'), 'no socket');
  expect(await find('p')).toEqual({ kind: 'unix', path: '/run/p.sock' });
  await mkdir(join(sockets, 'q'));
  const server = createServer().listen(join(sockets, 'q/q.sock'));
  await once(server, 'listening');
  expect(await find('q')).toEqual({ kind: 'unix', path: join(sockets, 'q/q.sock') });
  server.close();
});

test.each(['../p', 'a/b', '.p', '', 'p\0', 'x'.repeat(200)])('%j is no name', async (name) => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'p.spec'), 'unix:///x');
  const folders = { sockets: dir.path, specs: [join(dir.path, 'deep'), dir.path] };
  expect(await findPlugin(folders, name)).toBeUndefined();
});

test('whatever an address is, it is read or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
      try {
        expect(['unix', 'tcp']).toContain(parseAddress('p', text).kind);
      } catch (error) {
        expect(isWharfError(error) && error.code).toBe('invalid-argument');
      }
    }),
  );
});
