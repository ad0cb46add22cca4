import { createHash } from 'node:crypto';
import { digestHex, type Digest } from '@wharf/oci';
import { declaredLicense } from './license.js';
import type { ListedPackage, PackageList } from './packages/read.js';
import { objectText } from './statement.js';
import { documentSpace } from './vocabulary.js';

export interface SpdxRequest {
  /** Of the image's manifest. */
  readonly subject: Digest;
  readonly list: PackageList;
  /** As the image says of itself. */
  readonly createdAt: Date;
}

const documentId = 'SPDXRef-DOCUMENT';
const imageId = 'SPDXRef-Image';
const unknown = 'NOASSERTION';

/** A list of packages as a document of SPDX 2.3 (JSON): the same for the same image and list. */
export function spdxText({ subject, list, createdAt }: SpdxRequest): Generator<string> {
  const ids = list.packages.map(idOf);
  const content = createHash('sha256');
  for (const { url, foundIn } of list.packages) content.update(`${url}\n${foundIn.join('\n')}\n\n`);
  const name = content.update(`${list.leftOut}`).digest('hex').slice(0, 32);
  const head = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: documentId,
    name: subject,
    documentNamespace: `${documentSpace}:${digestHex(subject)}:${name}`,
    creationInfo: {
      created: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: ['Tool: wharf'],
    },
    ...(list.leftOut === 0
      ? {}
      : { comment: `${list.leftOut} files or entries could not be read, and are not listed` }),
  };
  return objectText(head, { packages: packagesOf(subject, list), relationships: relations(ids) });
}

function* packagesOf(subject: Digest, { packages }: PackageList): Generator<unknown> {
  yield {
    SPDXID: imageId,
    name: subject,
    versionInfo: subject,
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: digestHex(subject) }],
    ...nothingSaid,
    licenseDeclared: unknown,
  };
  for (const one of packages) yield packageOf(one);
}

/** What is a must for some readers, and that we do not know. */
const nothingSaid = {
  downloadLocation: unknown,
  filesAnalyzed: false,
  licenseConcluded: unknown,
  copyrightText: unknown,
  supplier: unknown,
};

function packageOf(one: ListedPackage): unknown {
  return {
    SPDXID: idOf(one),
    name: one.name,
    versionInfo: one.version,
    sourceInfo: `installed by the account of ${one.foundIn.join(', ')}`,
    ...nothingSaid,
    licenseDeclared: declaredLicense(one.license),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: one.url,
      },
    ],
  };
}

/** Letters, digits, `.` and `-` alone are allowed. */
function idOf({ type, name, url }: ListedPackage): string {
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return `SPDXRef-Package-${type}-${name.replace(/[^a-zA-Z0-9.-]/g, '-')}-${hash}`;
}

function* relations(ids: readonly string[]): Generator<unknown> {
  yield relation(documentId, 'DESCRIBES', imageId);
  for (const id of ids) yield relation(imageId, 'CONTAINS', id);
}

function relation(from: string, relationshipType: string, to: string): unknown {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
