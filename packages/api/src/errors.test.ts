import { errorCodes, InternalError, NotFoundError, WharfError } from '@wharf/core';
import { expect, test } from 'vitest';
import { codeOfStatus, failureFromWire, failureToWire, statusOfCode } from './errors.js';
import { limits } from './limits.js';

test('every code but internal travels with its text and facts', () => {
  for (const code of errorCodes.filter((each) => each !== 'internal')) {
    const sent = new WharfError(code, 'wörds', { facts: { exitCode: '127', ключ: 'x' } });
    const { status, message, details } = failureToWire(sent);
    const got = failureFromWire(status, message, details);
    expect({ code: got.code, message: got.message, facts: got.facts }).toEqual({
      code,
      message: 'wörds',
      facts: { exitCode: '127', ключ: 'x' },
    });
  }
});

test('no two codes share a status', () => {
  expect(new Set(Object.values(statusOfCode)).size).toBe(errorCodes.length);
});

test('of a bug nothing is told', () => {
  const failure = failureToWire(new InternalError('secret', { facts: { a: 'secret' } }));
  expect(failure.message).toBe('internal error');
  expect(Buffer.from(failure.details).toString('latin1')).not.toContain('secret');
});

test('long texts and facts are cut so that trailers stay small', () => {
  const huge = 'x'.repeat(1_000_000);
  const { details } = failureToWire(new NotFoundError('thing', huge, { facts: { huge } }));
  expect(details.length).toBeLessThan(2 * (limits.errorTextLength + limits.errorFactsLength));
});

test('of a failed step the code and the name survive the longest excerpt, which is cut at a line', () => {
  const line = `  1 | RUN ${'ü'.repeat(50)}\n`;
  const facts = { excerpt: line.repeat(1000), step: 'RUN make', exitCode: '2' };
  const { status, message, details } = failureToWire(
    new WharfError('failed-precondition', 'x', { facts }),
  );
  const got = failureFromWire(status, message, details).facts;
  expect(got).toMatchObject({ step: 'RUN make', exitCode: '2' });
  const lines = (got['excerpt'] ?? '').split(line);
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.every((rest) => rest === '')).toBe(true);
});

test('a status of another server is understood without details', () => {
  expect(codeOfStatus(5)).toBe('not-found');
  expect(codeOfStatus(10)).toBe('unavailable');
  expect(codeOfStatus(2)).toBe('internal');
  expect(failureFromWire(14, '', Buffer.from('junk')).code).toBe('unavailable');
});
