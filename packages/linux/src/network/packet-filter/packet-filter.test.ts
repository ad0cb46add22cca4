import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
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

test('changes by others are told once, ours and new elements are not', async () => {
  let told = 0;
  const watch = filter.watch(() => told++);
  await delay(100);
  await filter.apply('add element inet wtest ports { tcp . 90 : 10.0.0.2 . 90 }', options);
  await filter.apply('add table inet wours', options);
  nft('add', 'element', 'inet', 'wtest', 'ports', '{ tcp . 91 : 10.0.0.2 . 91 }');
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

test('headers of messages tell whose changes they are', () => {
  const header = (type: number, port: number): Buffer => {
    const out = Buffer.alloc(16);
    out.writeUInt16LE(0x0a00 | type, 4);
    out.writeUInt32LE(port, 12);
    return out;
  };
  const ours = (port: number): boolean => port === 7;
  expect(isForeign(Buffer.concat([header(0, 7), header(15, 7)]), ours)).toBe(false);
  expect(isForeign(Buffer.concat([header(12, 8), header(15, 8)]), ours)).toBe(false);
  expect(isForeign(Buffer.concat([header(0, 7), header(2, 8)]), ours)).toBe(true);
  expect(isForeign(Buffer.alloc(0), ours)).toBe(false);
});
