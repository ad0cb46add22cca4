import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Refusal } from '@wharf/engine/ports';
import { buildAndLoad } from '../../../native/fixture.js';
import { decodeLogged, readPacket } from './log-message.js';
import { listenToLog } from './log.js';

const native = buildAndLoad();

const table = `table inet t {
  chain out {
    type filter hook output priority 0; policy accept;
    oifname != "lo" accept
    udp dport 9 log prefix "wharf-egress-abc " group 77 snaplen 96
    ip6 daddr ::1 tcp dport 10 log prefix "wharf-egress-six " group 77 snaplen 96 reject
  }
}`;

test('what rules log is read, with prefix, addresses, protocol and port', async () => {
  const namespace = await native.netnsCreate([['net/ipv6/conf/lo/disable_ipv6', '0']]);
  try {
    const inside = (...argv: string[]): string =>
      execFileSync('nsenter', [`--net=/proc/${process.pid}/fd/${namespace}`, '--', ...argv], {
        encoding: 'utf8',
      });
    inside('nft', table);
    const all: Refusal[] = [];
    const told = (refusals: readonly Refusal[]): void => void all.push(...refusals);
    const log = await listenToLog({ native, namespace, group: 77, told });
    await expect(listenToLog({ native, namespace, group: 77, told })).rejects.toMatchObject({
      code: 'unavailable',
    });
    inside('bash', '-c', 'for i in 1 2 3; do echo > /dev/udp/127.0.0.1/9; done; true');
    inside('bash', '-c', '(echo > /dev/tcp/::1/10) 2>/dev/null || true');
    await expect.poll(() => all.length).toBeGreaterThan(3);
    expect(all[0]).toEqual({
      prefix: 'wharf-egress-abc',
      source: '127.0.0.1',
      destination: '127.0.0.1',
      protocol: 'udp',
      port: 9,
    });
    expect(all.at(-1)).toMatchObject({
      prefix: 'wharf-egress-six',
      destination: '::1',
      protocol: 'tcp',
      port: 10,
    });
    await log.close();
    const again = await listenToLog({ native, namespace, group: 77, told });
    await again.close();
  } finally {
    closeSync(namespace);
  }
});

test('bytes of any kind are read without harm', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeLogged(bytes);
      readPacket(Buffer.from(bytes));
    }),
  );
});
