import { expect, test } from 'vitest';
import {
  isForeignLayerType,
  isLayerType,
  layerCompression,
  mediaTypes,
  parseMediaType,
} from './mediatypes.js';

test('parameters, blanks and case fall away', () => {
  expect(parseMediaType(' Application/JSON ; charset=utf-8')).toBe('application/json');
});

test.each(['', 'json', 'a/b/c', '/b', 'a/', 'a b/c', 'a\n/b', 'a/é', `a/${'b'.repeat(200)}`])(
  '%j is no media type',
  (text) => {
    expect(() => parseMediaType(text)).toThrow('invalid media type');
  },
);

test('the compression of a layer follows from its type', () => {
  expect(layerCompression(mediaTypes.ociLayer)).toBe('none');
  expect(layerCompression(mediaTypes.dockerLayerGzip)).toBe('gzip');
  expect(layerCompression(mediaTypes.ociLayerZstd)).toBe('zstd');
  expect(isLayerType('application/vnd.in-toto+json')).toBe(false);
  expect(() => layerCompression('text/plain')).toThrow('is no layer that can be unpacked');
});

test('foreign layers are known as such', () => {
  expect(isForeignLayerType(mediaTypes.dockerForeignLayer)).toBe(true);
  expect(isForeignLayerType('application/vnd.oci.image.layer.nondistributable.v1.tar')).toBe(true);
  expect(isForeignLayerType(mediaTypes.ociLayerGzip)).toBe(false);
});
