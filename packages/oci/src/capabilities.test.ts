import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allCapabilities,
  applyCapabilities,
  defaultCapabilities,
  parseCapability,
  privilegedCapabilities,
} from './capabilities.js';

test('the kernel has 41, a container eleven of them', () => {
  expect(allCapabilities).toHaveLength(41);
  expect(new Set(allCapabilities).size).toBe(41);
  expect(allCapabilities[21]).toBe('CAP_SYS_ADMIN');
  expect(allCapabilities[40]).toBe('CAP_CHECKPOINT_RESTORE');
  expect(defaultCapabilities).toHaveLength(11);
  for (const absent of ['MKNOD', 'NET_RAW', 'AUDIT_WRITE', 'SYS_ADMIN']) {
    expect(defaultCapabilities).not.toContain(`CAP_${absent}`);
  }
});

test('prefix and case do not matter', () => {
  for (const text of ['NET_ADMIN', 'net_admin', 'CAP_NET_ADMIN', 'Cap_Net_Admin']) {
    expect(parseCapability(text)).toBe('CAP_NET_ADMIN');
  }
  expect(parseCapability('all')).toBe('ALL');
});

test.each(['', 'CAP_', 'CAP_ALL', 'CAP_CAP_CHOWN', 'FOO', ' CHOWN', '0', 'constructor'])(
  '%j is no capability',
  (text) => {
    expect(() => parseCapability(text)).toThrow('unknown capability');
  },
);

describe('applyCapabilities', () => {
  const apply = (add: string[], drop: string[]) => applyCapabilities({ add, drop });
  const all = [...allCapabilities];
  const without = (list: readonly string[], ...names: string[]) =>
    list.filter((name) => !names.includes(name));

  test('nothing asked is the default', () => {
    expect(apply([], []).toSorted()).toEqual(defaultCapabilities.toSorted());
  });
  test('drop, then add', () => {
    expect(apply(['net_raw'], ['KILL'])).toEqual(
      all.filter(
        (c) => c === 'CAP_NET_RAW' || (c !== 'CAP_KILL' && defaultCapabilities.includes(c)),
      ),
    );
    expect(apply(['KILL'], ['KILL'])).toContain('CAP_KILL');
  });
  test('ALL added is all but those dropped by name', () => {
    expect(apply(['ALL'], [])).toEqual(all);
    expect(apply(['ALL', 'KILL'], ['KILL'])).toEqual(without(all, 'CAP_KILL'));
    expect(apply(['ALL'], ['ALL'])).toEqual(all);
  });
  test('ALL dropped is those added by name', () => {
    expect(apply([], ['ALL'])).toEqual([]);
    expect(apply(['chown', 'CAP_CHOWN'], ['all', 'chown'])).toEqual(['CAP_CHOWN']);
  });
  test('an older kernel has fewer', () => {
    expect(privilegedCapabilities(37)).toEqual(all.slice(0, 38));
    expect(applyCapabilities({ add: ['ALL'], drop: [], lastCapability: 37 })).toHaveLength(38);
    expect(() => applyCapabilities({ add: ['BPF'], drop: [], lastCapability: 37 })).toThrow(
      'the kernel of this host does not have CAP_BPF',
    );
  });
  test('any request gives known names in order, or a WharfError', () => {
    const name = fc.oneof(fc.constantFrom('ALL', ...allCapabilities), fc.string());
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (add, drop) => {
        try {
          const result = apply(add, drop);
          expect(result).toEqual(all.filter((c) => result.includes(c)));
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
    );
  });
});

test('a mebibyte is refused at once', () => {
  expect(() => parseCapability('A'.repeat(1 << 20))).toThrow(WharfError);
});
