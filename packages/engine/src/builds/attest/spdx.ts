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
  const content = `${list.hash.slice(0, 32)}-${list.leftOut}`;
  const head = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: documentId,
    name: subject,
    documentNamespace: `${documentSpace}:${digestHex(subject)}:${content}`,
    creationInfo: {
      created: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: ['Tool: wharf'],
    },
    ...(list.leftOut === 0
      ? {}
      : { comment: `${list.leftOut} files or entries could not be read, and are not listed` }),
  };
  return objectText(head, { packages: packagesOf(subject, list), relationships: relations(list) });
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
  for (const [at, one] of packages.entries()) yield packageOf(one, at);
}

/** What is a must for some readers, and that we do not know. */
const nothingSaid = {
  downloadLocation: unknown,
  filesAnalyzed: false,
  licenseConcluded: unknown,
  copyrightText: unknown,
  supplier: unknown,
};

function packageOf(one: ListedPackage, at: number): unknown {
  return {
    SPDXID: idOf(one, at),
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

/** By its place in the list; letters, digits, `.` and `-` alone are allowed. */
function idOf({ type, name }: ListedPackage, at: number): string {
  return `SPDXRef-Package-${at + 1}-${type}-${name.replace(/[^a-zA-Z0-9.-]/g, '-')}`;
}

function* relations({ packages }: PackageList): Generator<unknown> {
  yield relation(documentId, 'DESCRIBES', imageId);
  for (const [at, one] of packages.entries()) yield relation(imageId, 'CONTAINS', idOf(one, at));
}

function relation(from: string, relationshipType: string, to: string): unknown {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
