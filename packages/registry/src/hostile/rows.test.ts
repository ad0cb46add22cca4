import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const here = 'packages/registry/src/hostile';
const oci = 'packages/oci/src';
const [body, credentials, documents, images, lists, push, tls] = [
  'body',
  'credentials',
  'document',
  'images',
  'lists',
  'push',
  'tls',
].map((name) => `${here}/${name}.test.ts`) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const engine = 'packages/engine/src/images/hostile.test.ts';
const layers = 'packages/testing/src/hostile-layers/envelope.ts';

/**
 * Which file holds which row of the table of hostile registries, and a piece of text that stands in the test.
 * The tests of this folder say the row by its id.
 */
const rows: Readonly<Record<string, readonly (readonly [file: string, text: string])[]>> = {
  'R-01': [[tls, 'R-01']],
  'R-02': [[tls, 'R-02']],
  'R-03': [[tls, 'R-03']],
  'R-04': [[tls, 'R-04']],
  'R-05': [
    [body, 'R-05 sends a byte now and then'],
    [tls, 'headers that come byte by byte'],
    [push, 'never takes'],
  ],
  'R-06': [
    [body, 'R-06'],
    [push, 'cuts at each of 50 offsets'],
  ],
  'R-07': [[body, 'R-07']],
  'R-08': [
    [body, 'R-08'],
    [documents, 'R-08'],
    [lists, 'a body without end'],
  ],
  'R-09': [[body, 'R-09']],
  'R-10': [
    [documents, 'R-10 100 MiB'],
    [images, 'R-10 of a million layers'],
    [images, 'R-10 an index that names the digest'],
    [engine, 'R-10 an index inside an index is not followed'],
    [lists, 'R-10'],
  ],
  'R-11': [
    [documents, 'R-11'],
    [images, 'R-11'],
    [`${oci}/json.test.ts`, 'duplicate key'],
  ],
  'R-12': [
    [documents, 'R-12'],
    [images, 'R-12'],
    [`${oci}/manifest.test.ts`, 'header, descriptor and body must agree'],
  ],
  'R-13': [
    [documents, 'R-13'],
    [images, 'R-13'],
    [`${oci}/digest.test.ts`, 'sha256:..%2f'],
  ],
  'R-14': [
    [documents, 'R-14'],
    [push, 'R-14'],
  ],
  'R-15': [[documents, 'R-15']],
  'R-16': [
    [body, 'R-16'],
    [documents, 'R-16'],
    [images, 'R-16'],
  ],
  'R-17': [
    [documents, 'R-17'],
    ['e2e/pull/hostile.e2e.ts', 'a blob with other bytes than its digest is refused'],
  ],
  'R-18': [
    [images, 'R-18'],
    [engine, 'R-18'],
    ['packages/linux/src/unpack/unpacker.test.ts', 'another digest than expected is data-loss'],
    ['e2e/pull/hostile.e2e.ts', 'more diff ids than layers'],
  ],
  'R-19': [
    [documents, 'R-19'],
    [images, 'R-19'],
    [engine, 'R-19'],
    [`${oci}/config.test.ts`, 'os: must be a string'],
  ],
  'R-20': [
    [credentials, 'R-20'],
    [lists, 'R-20'],
  ],
  'R-21': [
    [credentials, 'R-21'],
    [lists, 'R-21'],
  ],
  'R-22': [
    [credentials, 'R-22'],
    [lists, 'R-22'],
    [push, 'R-22'],
  ],
  'R-23': [
    [credentials, 'R-23'],
    [push, 'https does not go on over http'],
  ],
  'R-24': [[images, 'R-24']],
  'R-25': [[lists, 'R-25']],
  'R-26': [
    ['apps/wharf/src/credentials/credentials.test.ts', 'docker.io.evil.com'],
    [credentials, 'R-26'],
  ],
  'R-30': [
    [images, 'R-30'],
    [layers, 'gzip cut short'],
    [layers, 'gzip with a wrong sum'],
    [layers, 'gzip, then garbage'],
    [layers, '10,000 gzip members'],
    [layers, 'a gzip bomb of 1000:1'],
    [layers, 'gzip inside gzip'],
    [layers, 'zstd with a window of 2 GiB'],
    [layers, 'frames of zstd, some to be skipped'],
    [layers, 'zstd with a dictionary'],
    [layers, 'a zstd bomb'],
    [layers, 'zstd cut short'],
    [layers, 'gzip as zstd'],
    [layers, 'a plain archive as gzip'],
  ],
  'R-31': [[body, 'R-31']],
  'R-32': [[body, 'R-32']],
  'R-33': [
    [body, 'R-33'],
    [push, 'R-33'],
  ],
  'R-34': [
    [body, 'R-34'],
    [push, 'R-34'],
    ['e2e/pull/resume.e2e.ts', 'SIGKILL of the daemon in mid-download'],
  ],
  'R-35': [[push, 'R-35']],
  'R-40': [
    [images, 'R-40'],
    [`${oci}/config.test.ts`, 'refuses what it answers with'],
    [`${oci}/user.test.ts`, 'hostile tables'],
    [`${oci}/timestamp.test.ts`, '99999-01-01T00:00:00Z'],
    ['e2e/pull/hostile.e2e.ts', 'in a config has no effect outside'],
  ],
};

/** The ids of the table; it has no others. */
const ids = [...Array.from({ length: 27 }, (_, i) => i), ...[30, 31, 32, 33, 34, 35, 40]].flatMap(
  (n) => (n === 0 ? [] : [`R-${String(n).padStart(2, '0')}`]),
);

test('every row of the table has a place', () => {
  expect(Object.keys(rows).sort()).toEqual(ids);
});

describe('the places have what they are said to have', () => {
  test.each(Object.entries(rows))('%s', async (_id, places) => {
    for (const [file, text] of places) {
      expect(await readFile(new URL(file, root), 'utf8'), file).toContain(text);
    }
  });
});
