import { InternalError, NotFoundError, UnavailableError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeError, ExitCode, exitCodeOf } from './errors.js';
import { redact } from './redact.js';

const describeIt = (thrown: unknown, debug = false): string =>
  describeError(thrown, { name: 'wharf', debug });

describe('errors for people', () => {
  test('the message follows the program’s name; hints follow on lines of their own', () => {
    expect(describeIt(new NotFoundError('container', 'web'))).toBe(
      'wharf: no such container: web\n',
    );
    const facts = { hint: 'start it with\n  wharfd' };
    expect(describeIt(new UnavailableError('the daemon does not answer', { facts }))).toBe(
      'wharf: the daemon does not answer\n  start it with\n    wharfd\n',
    );
  });

  test('control characters are escaped and lines are kept', () => {
    expect(describeIt(new InternalError('a\x1b[2J\nb'))).toContain('wharf: a\\x1b[2J\nb\n');
  });

  test('with debug the causes are told', () => {
    const cause = new RangeError('inner', { cause: 'deep' });
    expect(describeIt(new UnavailableError('outer', { cause }), true)).toBe(
      'wharf: outer\n  code: unavailable\n  caused by: inner\n  caused by: deep\n',
    );
  });

  test('an exit code without message prints nothing', () => {
    expect(describeIt(new ExitCode(7))).toBe('');
    expect(exitCodeOf(new ExitCode(7))).toBe(7);
    expect(exitCodeOf(new NotFoundError('image', 'x'))).toBe(1);
    expect(exitCodeOf(new DOMException('stop', 'AbortError'))).toBe(130);
  });
});

describe('secrets', () => {
  test.each([
    ['get https://me:hunter2@reg.example/v2/ failed', 'get https://***@reg.example/v2/ failed'],
    ['header Authorization: Bearer abcdefghijkl.mno', 'header Authorization: Bearer ***'],
    ['password=hunter2, user=me', 'password=***, user=me'],
    ['{"identitytoken": "abc", "auth":"x"}', '{"identitytoken": "***", "auth":"***"}'],
    ['?token=abc&scope=x', '?token=***&scope=x'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test('ordinary texts stay as they are', () => {
    for (const text of ['no such image: a/b:1', 'unauthorized: a token is needed', 'a@b']) {
      expect(redact(text)).toBe(text);
    }
  });

  test('a password in an address is never left, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9!$%^&*]{8,20}$/), (secret) => {
        expect(redact(`dial https://user:${secret}@host/x`)).not.toContain(secret);
      }),
    );
  });

  test('long hostile texts take little time', () => {
    const started = performance.now();
    redact('a://'.repeat(50_000));
    redact('password'.repeat(50_000));
    redact('-----BEGIN PRIVATE KEY-----'.repeat(2_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
