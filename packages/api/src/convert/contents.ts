import type { BlobDescriptor, ImageContent, MissingBlob } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/contents.js';
import { eachFromWire, numberFromWire, numberToWire, required } from './values.js';

export function blobToWire({ mediaType, digest, size }: BlobDescriptor): wire.BlobDescriptor {
  return { mediaType, digest, sizeBytes: numberToWire(size, 'size of a blob') };
}

export function blobFromWire(message: wire.BlobDescriptor | undefined): BlobDescriptor {
  const { mediaType, digest, sizeBytes } = required(message, 'blob');
  return { mediaType, digest, size: numberFromWire(sizeBytes, 'blob.size_bytes') };
}

export function blobsFromWire(blobs: readonly wire.BlobDescriptor[]): readonly BlobDescriptor[] {
  return eachFromWire(blobs, 'blobs', blobFromWire);
}

export function contentToWire(content: ImageContent): wire.DescribeContentResponse {
  return {
    target: blobToWire(content.target),
    name: content.name,
    blobs: content.blobs.map(blobToWire),
    absent: content.absent.map(blobToWire),
  };
}

export function contentFromWire(content: wire.DescribeContentResponse): ImageContent {
  return {
    target: blobFromWire(content.target),
    name: content.name,
    blobs: blobsFromWire(content.blobs),
    absent: blobsFromWire(content.absent),
  };
}

export function missingToWire({ blob, offset }: MissingBlob): wire.MissingBlob {
  return { blob: blobToWire(blob), offsetBytes: numberToWire(offset, 'offset') };
}

export function missingFromWire({ blob, offsetBytes }: wire.MissingBlob): MissingBlob {
  return { blob: blobFromWire(blob), offset: numberFromWire(offsetBytes, 'offset_bytes') };
}
