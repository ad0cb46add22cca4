import { mediaTypes, serialiseManifest, type Descriptor, type Digest } from '@wharf/oci';
import { subjectAnnotation, typeAnnotation } from '../../images/platforms.js';
import type { Attestation } from '../outputs/dependencies.js';
import { attestationType, predicateAnnotation, statementMediaType } from './vocabulary.js';

/** A statement that is in the store. */
export interface StoredStatement {
  readonly predicateType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** What the config of an artifact is, in all of them. */
export const emptyConfig: Uint8Array = new TextEncoder().encode('{}');

/**
 * All statements about an image as one manifest: BuildKit's way, by which it is found from the index, and as an artifact with
 * a subject, by which registries list it among the image's referrers (OCI image-spec 1.1).
 */
export function attestationManifest(
  image: Descriptor,
  config: Pick<Descriptor, 'digest' | 'size'>,
  statements: readonly StoredStatement[],
): Attestation {
  const bytes = serialiseManifest({
    kind: 'manifest',
    mediaType: mediaTypes.ociManifest,
    artifactType: attestationType,
    config: { mediaType: mediaTypes.ociEmpty, digest: config.digest, size: config.size },
    layers: statements.map(({ predicateType, digest, size }) => ({
      mediaType: statementMediaType,
      digest,
      size,
      annotations: { [predicateAnnotation]: predicateType },
    })),
    subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
  });
  return {
    mediaType: mediaTypes.ociManifest,
    bytes,
    annotations: {
      [subjectAnnotation]: image.digest,
      [typeAnnotation]: 'attestation-manifest',
    },
  };
}
