import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostPlatform, mediaTypes, type Digest, type Platform } from '@wharf/oci';
import { findImage, getImage } from './lookup.js';
import { nameTarget } from './install.js';
import { amd64, arm64, makeImage, openShelf, type MadeImage, type Shelf } from './testing/shelf.js';

let shelf: Shelf;
beforeEach(async () => {
  shelf = await openShelf();
});
afterEach(() => shelf.demolish());

const host = hostPlatform(process.arch);
const foreign: Platform = host.architecture === 'amd64' ? arm64 : amd64;
const native = makeImage({ platform: host, layers: ['native'] });
const other = makeImage({ platform: foreign, layers: ['other'] });
const indexDigest = `sha256:${'1'.repeat(64)}` as Digest;
const event = { action: 'pull', actorId: '', attributes: {} };
const repository = 'docker.io/library/box';

function nameIndex(...manifests: MadeImage[]): void {
  nameTarget(shelf, {
    target: { mediaType: mediaTypes.ociIndex, digest: indexDigest, size: 1 },
    manifests,
    names: [`${repository}:latest`],
    digests: [{ repository, target: indexDigest }],
    event,
  });
}

function nameManifest(image: MadeImage, ...names: string[]): void {
  nameTarget(shelf, { target: image.descriptor, manifests: [image], names, digests: [], event });
}

test('a name, digests and ids lead to an index seen through the platform of the host', () => {
  nameIndex(other, native);
  const hex = native.id.slice(7);
  for (const ref of ['box', `box@${indexDigest}`, indexDigest, native.id, hex, hex.slice(0, 12)]) {
    const found = getImage(shelf.records, ref);
    expect(found.target.digest).toBe(indexDigest);
    expect(found.manifest.digest).toBe(native.descriptor.digest);
    expect(found.member).toBe(false);
  }
});

test('digest and id of one platform of an index lead to that platform', () => {
  nameIndex(other, native);
  for (const ref of [other.id, other.descriptor.digest, `box@${other.descriptor.digest}`]) {
    const found = getImage(shelf.records, ref);
    expect(found.manifest.digest).toBe(other.descriptor.digest);
    expect(found.member).toBe(true);
  }
});

test('another platform is chosen by name, and one that is not here says how to get it', () => {
  nameIndex(native);
  const text = `linux/${foreign.architecture}`;
  expect(findImage(shelf.records, 'box', text)).toBeUndefined();
  expect(() => getImage(shelf.records, 'box', text)).toThrow(`pull --platform ${text}`);
  nameIndex(other);
  expect(getImage(shelf.records, 'box', text).manifest.digest).toBe(other.descriptor.digest);
  expect(getImage(shelf.records, 'box').manifest.digest).toBe(native.descriptor.digest);
});

test('the only platform that is here is used when none is asked for', () => {
  nameIndex(other);
  expect(getImage(shelf.records, 'box').manifest.digest).toBe(other.descriptor.digest);
});

test('an id that several manifests share is not ambiguous, and the named one wins', () => {
  nameManifest(native);
  nameIndex(native);
  expect(getImage(shelf.records, native.id).target.digest).toBe(indexDigest);
});

test('a beginning that several images share is ambiguous', () => {
  nameManifest(native);
  nameManifest(other);
  const image = {
    ...native,
    manifest: { ...native.manifest, config: { ...native.manifest.config } },
  };
  const id = `${native.id.slice(0, 20)}${'e'.repeat(51)}` as Digest;
  image.manifest.config.digest = id;
  image.descriptor = { ...native.descriptor, digest: `sha256:${'9'.repeat(64)}` as Digest };
  nameManifest(image);
  expect(() => getImage(shelf.records, native.id.slice(7, 20))).toThrow('ambiguous');
  expect(getImage(shelf.records, id).manifest.configDigest).toBe(id);
});

test('who loses the last name is told as replaced, and dangles', () => {
  nameManifest(native, `${repository}:1`, `${repository}:2`);
  const take = (name: string): string | undefined =>
    nameTarget(shelf, {
      target: other.descriptor,
      manifests: [other],
      names: [name],
      digests: [],
      event,
    }).replaced;
  expect(take(`${repository}:1`)).toBeUndefined();
  expect(take(`${repository}:2`)).toBe(native.id);
  expect(take(`${repository}:2`)).toBeUndefined();
  expect(shelf.records.target(native.descriptor.digest)?.names).toEqual([]);
});
