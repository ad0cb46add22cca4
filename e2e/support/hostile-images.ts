import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { buildImage, digestOf, mediaTypes } from '@wharf/testing';
import type { BuiltImage, LayerCompression } from '@wharf/testing';
import { file, tar } from './tar.js';

/** A frame, or one to be skipped (RFC 8878). */
function isZstd(body: Buffer): boolean {
  const magic = body.length < 4 ? 0 : body.readUInt32LE(0);
  return magic === 0xfd2fb528 || magic >>> 4 === 0x184d2a5;
}

/** The digest of what is in a layer, by those of the bytes themselves where it is broken: a diff id as true as can be. */
function diffIdOf(body: Buffer): string {
  const maxOutputLength = 16 << 20;
  const zstd = (input: Buffer): Buffer =>
    execFileSync('zstd', ['-dcq'], { input, maxBuffer: maxOutputLength, stdio: 'pipe' });
  try {
    if (body[0] === 0x1f) return digestOf(gunzipSync(body, { maxOutputLength }));
    if (isZstd(body)) return digestOf(zstd(body));
  } catch {
    // Broken, or too much.
  }
  return digestOf(body);
}

/** An image of one layer, whose bytes stay as they are; `compression` is only said. */
export function imageOf(
  body: Buffer,
  compression: LayerCompression,
  architecture: string,
): BuiltImage {
  const diffIds = [diffIdOf(body)];
  return buildImage({ layers: [body], bodies: [body], compression, diffIds, architecture });
}

const json = (value: unknown): string => JSON.stringify(value);

/** As `skopeo copy oci-archive:` writes it. */
export function ociArchive({ descriptor, manifest, blobs }: BuiltImage, name: string): Buffer {
  const annotations = { 'io.containerd.image.name': name };
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [{ ...descriptor, annotations }],
  };
  const all: [string, Uint8Array][] = [...blobs, [descriptor.digest, manifest]];
  return tar(
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    ...all.map(([digest, bytes]) => file(`blobs/${digest.replace(':', '/')}`, bytes)),
  );
}

/** As `docker save` wrote it before it wrote layouts. */
export function dockerArchive({ config, layers, blobs }: BuiltImage, name: string): Buffer {
  const bytesOf = (digest = ''): Uint8Array => blobs.get(digest) ?? new Uint8Array();
  const item = { Config: 'config.json', RepoTags: [name], Layers: ['0/layer.tar'] };
  return tar(
    file('manifest.json', json([item])),
    file('config.json', bytesOf(config.digest)),
    file('0/layer.tar', bytesOf(layers[0]?.digest)),
  );
}
