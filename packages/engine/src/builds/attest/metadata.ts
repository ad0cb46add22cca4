import { formatPlatform } from '@wharf/oci';
import { written } from './attest.js';
import { provenanceText, type ProvenanceRequest } from './slsa/provenance.js';

const key = 'buildx.build.provenance';

/** Provenance for `--metadata-file`, as buildx has it there: of several platforms one each. */
export async function provenanceMetadata(
  requests: readonly ProvenanceRequest[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const found: [string, unknown][] = [];
  for (const request of requests) {
    const name = requests.length === 1 ? key : `${key}/${formatPlatform(request.solved.platform)}`;
    const text = Buffer.from(await written(provenanceText(request, 'min'), signal)).toString();
    found.push([name, JSON.parse(text)]);
  }
  return Object.fromEntries(found);
}
