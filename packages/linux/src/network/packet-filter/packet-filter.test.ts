import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildAndLoad } from '../../../native/fixture.js';
import { createPacketFilter, type LinuxPacketFilter } from './packet-filter.js';
import { isForeign } from './watch.js';

const native = buildAndLoad();
const options = { signal: AbortSignal.timeout(60_000) };
let namespace = -1;
let filter: LinuxPacketFilter;

beforeAll(async () => {
  namespace = await native.netnsCreate([]);
  filter = createPacketFilter({ native, hostNamespace: namespace });
});
afterAll(async () => {
  await filter.close();
  native.close(namespace);
});

function nft(...argv: readonly string[]): string {
  const all = [`--net=/proc/${process.pid}/fd/${namespace}`, '--', 'nft', ...argv];
  return execFileSync('nsenter', all, { encoding: 'utf8' });
}

const script = `
  table inet wtest {
    map ports {
      type inet_proto . inet_service : ipv4_addr . inet_service
    }
    chain in {
      type filter hook input priority 0; policy accept;
      tcp dport 7 drop comment "echo"
    }
  }`;

test('a script is one transaction, and a table is listed as the program lists it', async () => {
  expect(await filter.list('inet', 'wtest', options)).toBeUndefined();
  await filter.apply(script, options);
  await filter.apply('add element inet wtest ports { tcp . 80 : 10.0.0.2 . 8080 }', options);
  const listed = await filter.list('inet', 'wtest', options);
  expect(listed).toEqual(JSON.parse(nft('-j', 'list', 'table', 'inet', 'wtest')));
  expect(JSON.stringify(listed)).toContain('"comment":"echo"');
  expect(await filter.list('ip', 'wtest', options)).toBeUndefined();
  const half = 'add table inet whalf\nadd rule inet whalf nochain accept';
  await expect(filter.apply(half, options)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('No such file or directory'),
  });
  expect(await filter.list('inet', 'whalf', options)).toBeUndefined();
  await expect(filter.apply('nonsense', options)).rejects.toThrow(/syntax error/);
});

test('transactions of somebody else between ours are seen', async () => {
  nft('delete', 'table', 'inet', 'wtest');
  await expect(
    filter.apply('add element inet wtest ports { tcp . 81 : 10.0.0.2 . 80 }', options),
  ).rejects.toThrow();
  await filter.apply(script, options);
  expect(await filter.list('inet', 'wtest', options)).toBeDefined();
});

test('calls at once are all applied, in order', async () => {
  const ports = Array.from({ length: 200 }, (_, index) => 20_000 + index);
  await Promise.all(
    ports.map((port) =>
      filter.apply(`add element inet wtest ports { udp . ${port} : 10.0.0.2 . 53 }`, options),
    ),
  );
  expect(JSON.stringify(await filter.list('inet', 'wtest', options)).match(/"udp"/g)).toHaveLength(
    200,
  );
});

test('changes of a table by others are told once, ours, new elements and other tables are not', async () => {
  let told = 0;
  const watch = filter.watch(['wtheirs', 'wlater'], () => told++);
  await delay(100);
  await filter.apply('add element inet wtest ports { tcp . 90 : 10.0.0.2 . 90 }', options);
  await filter.apply('add table inet wours', options);
  nft('add', 'element', 'inet', 'wtest', 'ports', '{ tcp . 91 : 10.0.0.2 . 91 }');
  nft('add', 'table', 'inet', 'wothers');
  nft('delete', 'table', 'inet', 'wothers');
  await delay(300);
  expect(told).toBe(0);
  nft('add', 'table', 'inet', 'wtheirs');
  nft('flush', 'ruleset');
  await expect.poll(() => told).toBeGreaterThan(0);
  expect(told).toBeLessThan(3);
  await watch.close();
  await watch.close();
  const before = told;
  nft('add', 'table', 'inet', 'wlater');
  await delay(250);
  expect(told).toBe(before);
});

test('without the library the program nft does the same', async () => {
  const spawning = createPacketFilter({
    native: {
      ...native,
      nftOpen: () => Promise.reject(Object.assign(new Error(), { code: 'ENOENT' })),
    },
  });
  expect(await spawning.list('inet', 'wharf-no-such-table', options)).toBeUndefined();
  await expect(spawning.apply('nonsense', options)).rejects.toThrow(/syntax error/);
  await spawning.close();
});

test('messages tell whose changes they are, and of which table', () => {
  const message = (type: number, port: number, table?: string): Buffer => {
    const name = table === undefined ? Buffer.alloc(0) : Buffer.from(`????${table}\0`);
    if (table !== undefined) {
      name.writeUInt16LE(name.length, 0);
      name.writeUInt16LE(1, 2);
    }
    const out = Buffer.concat([Buffer.alloc(20), name, Buffer.alloc(3 - ((name.length + 3) % 4))]);
    out.writeUInt32LE(20 + name.length, 0);
    out.writeUInt16LE(0x0a00 | type, 4);
    out.writeUInt32LE(port, 12);
    return out;
  };
  const foreign = (...messages: Buffer[]): boolean =>
    isForeign(Buffer.concat(messages), new Set(['one']), (port) => port === 7);
  expect(foreign(message(0, 7, 'one'), message(15, 7))).toBe(false);
  expect(foreign(message(12, 8, 'one'), message(15, 8))).toBe(false);
  expect(foreign(message(0, 7, 'one'), message(2, 8, 'one'))).toBe(true);
  expect(foreign(message(2, 8, 'other'), message(2, 8, 'ones'), message(2, 8, 'on'))).toBe(false);
  expect(foreign(message(2, 8, 'other'), message(2, 8, 'one'))).toBe(true);
  expect(foreign(message(2, 8))).toBe(true);
  expect(foreign()).toBe(false);
});

test('what somebody sends that is no such message is read to its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      isForeign(bytes, new Set(['one']), () => false);
    }),
  );
});
