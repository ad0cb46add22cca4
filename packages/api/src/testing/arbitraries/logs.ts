import fc from 'fast-check';
import type { LogQuery, LogRecord } from '@wharf/core';
import { flag, labels, record, size, time } from './values.js';

export const logQuery: fc.Arbitrary<LogQuery> = record<LogQuery, 'stdout' | 'stderr' | 'follow'>(
  { stdout: flag, stderr: flag, follow: flag },
  { tail: size, since: time, until: time },
);

const nanoTime = fc
  .tuple(
    fc.date({
      noInvalidDate: true,
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
    }),
    fc.nat(999_999_999),
  )
  .map(([date, nanos]) => `${date.toISOString().slice(0, -5)}.${String(nanos).padStart(9, '0')}Z`);

export const logRecord: fc.Arbitrary<LogRecord> = record<LogRecord, 'stream' | 'time' | 'data'>(
  {
    stream: fc.constantFrom('stdout', 'stderr'),
    time: nanoTime,
    data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  },
  { attributes: labels.filter((entries) => Object.keys(entries).length > 0) },
);
