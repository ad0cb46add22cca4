import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '@wharf/oci';
import type { ListedPackage, PackageList } from './packages/read.js';
import { spdxText } from './spdx.js';
import { statementText } from './statement.js';
import { sbomType } from './vocabulary.js';

const subject = `sha256:${'a'.repeat(64)}` as Digest;
const createdAt = new Date('2024-05-06T07:08:09.123Z');
const one: ListedPackage = {
  ...{ type: 'npm', name: '@a/b', version: '1.0.0', architecture: '', license: 'MIT' },
  ...{ url: 'pkg:npm/%40a/b@1.0.0', foundIn: ['/node_modules/@a/b/package.json'] },
};

interface Spdx {
  readonly documentNamespace: string;
  readonly comment?: string;
  readonly packages: readonly { readonly SPDXID: string; readonly name: string }[];
  readonly relationships: readonly Readonly<Record<string, string>>[];
}

const listOf = (packages: readonly ListedPackage[], leftOut = 0): PackageList => {
  const hash = createHash('sha256').update(JSON.stringify(packages)).digest('hex');
  return { packages, leftOut, hash };
};

const document = (packages: readonly ListedPackage[], leftOut = 0): Spdx => {
  const text = [...spdxText({ subject, list: listOf(packages, leftOut), createdAt })].join('');
  return JSON.parse(text) as Spdx;
};

test('a list of packages is a document of SPDX 2.3', () => {
  const found = document([one]);
  expect(found).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: subject,
    creationInfo: { created: '2024-05-06T07:08:09Z', creators: ['Tool: wharf'] },
    packages: [
      {
        SPDXID: 'SPDXRef-Image',
        primaryPackagePurpose: 'CONTAINER',
        checksums: [{ algorithm: 'SHA256', checksumValue: 'a'.repeat(64) }],
      },
      {
        SPDXID: expect.stringMatching(/^SPDXRef-Package-1-npm--a-b$/) as string,
        name: '@a/b',
        versionInfo: '1.0.0',
        licenseDeclared: 'MIT',
        filesAnalyzed: false,
        externalRefs: [{ referenceType: 'purl', referenceLocator: one.url }],
      },
    ],
  });
  expect(found.relationships.map((relation) => Object.values(relation).join(' '))).toEqual([
    'SPDXRef-DOCUMENT DESCRIBES SPDXRef-Image',
    `SPDXRef-Image CONTAINS ${found.packages[1]?.SPDXID}`,
  ]);
  expect(found.comment).toBeUndefined();
  expect(document([one], 3).comment).toBe(
    '3 files or entries could not be read, and are not listed',
  );
});

test('another content has another namespace, the same one the same', () => {
  const spaces = [[one], [one], [], [{ ...one, foundIn: ['/x'] }]].map(
    (packages) => document(packages).documentNamespace,
  );
  expect(new Set(spaces).size).toBe(3);
  expect(document([one], 1).documentNamespace).not.toBe(spaces[0]);
});

test('whatever stands in it, it is one document of JSON about the image', () => {
  const text = fc.string({ unit: 'binary' });
  const given = fc.record({
    ...{ type: fc.constant('npm' as const), name: text, version: text },
    ...{ architecture: text, license: text, url: text, foundIn: fc.array(text) },
  });
  fc.assert(
    fc.property(fc.array(given), (packages) => {
      const spdx = spdxText({ subject, list: listOf(packages), createdAt });
      const statement = JSON.parse([...statementText(subject, sbomType, spdx)].join('')) as {
        readonly predicate: Spdx;
      };
      expect(statement).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: '_', digest: { sha256: 'a'.repeat(64) } }],
        predicateType: 'https://spdx.dev/Document',
      });
      const { packages: listed } = statement.predicate;
      expect(listed.slice(1).map(({ name }) => name)).toEqual(packages.map(({ name }) => name));
      for (const { SPDXID } of listed) expect(SPDXID).toMatch(/^SPDXRef-[a-zA-Z0-9.-]+$/);
    }),
  );
});
