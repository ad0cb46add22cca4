import { describe, expect, test } from 'vitest';
import { agreed, covers, linkLocalAddress, refuseUnenforceable } from './egress.js';

const deny = (...allow: string[]) => ({ default: 'deny', allow }) as const;
const network = (driver: string, egress?: ReturnType<typeof deny>) => ({
  spec: { name: 'n', driver, ...(egress === undefined ? {} : { egress }) } as never,
});

test.each([
  ['a.com', 'a.com', true],
  ['a.com', 'a.com:443', true],
  ['a.com:443', 'a.com', false],
  ['a.com:443', 'a.com:80', false],
  ['*.a.com', 'b.a.com:1', true],
  ['*.a.com', '*.b.a.com', true],
  ['*.a.com', 'a.com', false],
  ['*.a.com', 'ba.com', false],
  ['10.0.0.0/8', '10.1.2.3:80', true],
  ['10.0.0.0/8:80', '10.1.0.0/16:80', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', 'a.com', false],
  ['fd00::/8', '[fd00::1]:443', true],
  ['0.0.0.0/0', 'fd00::1', false],
])('%s covers %s: %s', (outer, inner, wanted) => {
  expect(covers(outer, inner)).toBe(wanted);
});

describe('policies of a container and of its networks', () => {
  test('let through what each of them does', () => {
    expect(agreed([deny('*.a.com', '10.0.0.0/8'), deny('x.a.com:443', '10.2.0.0/16:1')])).toEqual([
      'x.a.com:443',
      '10.2.0.0/16:1',
    ]);
    expect(agreed([deny('a.com'), deny()])).toEqual([]);
    expect(agreed([deny('a.com')])).toEqual(['a.com']);
  });

  test('are refused where packets do not pass the filter', () => {
    const refused = { code: 'failed-precondition' };
    const attempt = (...args: Parameters<typeof refuseUnenforceable>) => {
      try {
        refuseUnenforceable(...args);
        return 'fine';
      } catch (error) {
        return error;
      }
    };
    expect(attempt(deny(), 'host', [network('host')])).toMatchObject(refused);
    expect(attempt(deny(), 'x', [network('bridge'), network('ipvlan')])).toMatchObject(refused);
    expect(attempt(undefined, 'x', [network('macvlan', deny('a.com'))])).toMatchObject(refused);
    expect(attempt(deny(), 'container:x', [])).toMatchObject(refused);
    expect(attempt(undefined, 'host', [network('host')])).toBe('fine');
    expect(attempt(deny(), 'none', [network('null')])).toBe('fine');
    expect(attempt(deny(), 'x', [network('bridge')])).toBe('fine');
  });
});

test('the link-local address is that of the interface identifier', () => {
  expect(linkLocalAddress('02:57:0a:c8:00:02')).toBe('fe80::57:aff:fec8:2');
});
