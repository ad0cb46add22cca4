import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameTarget, unpackManifest } from './install.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import { install, makeImage, noPack } from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

const [first, second] = ['docker.io/library/a:1', 'docker.io/library/b:1'] as const;

test('only what changes an image waits for the disk', async () => {
  const [image, other] = [makeImage({ layers: ['one'] }), makeImage({ layers: ['two'] })];
  await install(gallery.shelf, image, [first]);
  await install(gallery.shelf, other, [second]);
  const { records, state } = gallery.shelf;
  const waits = (made: typeof image, names: readonly string[], unpacked = true): boolean => {
    let lasting: boolean | undefined;
    const watched: typeof state = {
      ...state,
      transaction(work, options) {
        lasting = options?.lasting;
        return state.transaction(work, options);
      },
    };
    nameTarget(
      { records, state: watched },
      {
        target: made.descriptor,
        manifests: [{ ...made, unpacked }],
        names,
        digests: [],
        event: { action: 'build', actorId: made.id, attributes: {} },
      },
    );
    return lasting !== false;
  };
  expect(waits(image, [first])).toBe(false);
  expect(waits(image, [first, second])).toBe(true);
  expect(waits(image, [first, second])).toBe(false);
  expect(waits(other, [first])).toBe(true);
  expect(waits(image, [])).toBe(false);
  expect(waits(makeImage({ layers: ['three'] }), [], false)).toBe(true);
  expect(waits(makeImage({ layers: ['three'] }), [], true)).toBe(true);
  expect(waits(makeImage({ layers: ['three'] }), [], false)).toBe(false);
  expect(gallery.shelf.events().filter((action) => action === 'build')).toHaveLength(8);
});

test('layers that were here are on the disk before the image can be named', async () => {
  const image = makeImage({ layers: ['one', 'two'] });
  await install(gallery.shelf, image, [first]);
  const { layers } = gallery.shelf;
  const calls: string[] = [];
  const watched: typeof layers = {
    ...layers,
    commit: (...of) => (calls.push('commit'), layers.commit(...of)),
    settle: (options) => (calls.push('settle'), layers.settle(options)),
  };
  const signal = AbortSignal.timeout(10_000);
  await unpackManifest({ ...gallery.shelf, layers: watched, pack: noPack }, image, { signal });
  expect(calls).toEqual(['settle']);
});
