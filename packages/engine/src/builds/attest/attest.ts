import { setImmediate } from 'node:timers/promises';
import type { ContentStore } from '../../content/content.js';
import { hashBytes, type Layers } from '../../layers/layers.js';
import type { ExportContext, SolvedPlan } from '../outputs.js';
import type { Attestation, OutputDependencies } from '../outputs/dependencies.js';
import type { MadePlatform } from '../outputs/image/made.js';
import type { FileSearchPort } from '../ports.js';
import { attestationManifest, emptyConfig, type StoredStatement } from './manifest.js';
import { readPackages } from './packages/read.js';
import { provenanceText } from './slsa/provenance.js';
import { spdxText } from './spdx.js';
import { statementText, type JsonText } from './statement.js';
import { provenanceType, sbomType } from './vocabulary.js';

export interface AttestDependencies {
  readonly content: Pick<ContentStore, 'put'>;
  readonly layers: Pick<Layers, 'directories'>;
  readonly search: FileSearchPort;
}

/** The hook of outputs. */
export function createAttest(deps: AttestDependencies): NonNullable<OutputDependencies['attest']> {
  return (image, solved, context) => attestImage(deps, image, solved, context);
}

/** What the spec wants to have said about an image; its blobs are in the store and held. */
async function attestImage(
  deps: AttestDependencies,
  image: MadePlatform,
  solved: SolvedPlan,
  context: ExportContext,
): Promise<readonly Attestation[]> {
  const { spec, facts, epochSeconds, buildId, createdAt, signal } = context;
  const statements: StoredStatement[] = [];
  if (spec.sbom) {
    const lower = deps.layers.directories(image.config.diffIds);
    const list = await readPackages(deps.search, lower, { signal });
    const text = spdxText({ subject: image.descriptor.digest, list, createdAt });
    statements.push(await store(deps, image, { type: sbomType, text }, context));
  }
  if (spec.provenance !== 'none') {
    const request = { buildId, spec, solved, epochSeconds, facts };
    const text = provenanceText(request, spec.provenance);
    statements.push(await store(deps, image, { type: provenanceType, text }, context));
  }
  if (statements.length === 0) return [];
  await context.hold([hashBytes(emptyConfig)]);
  const config = await deps.content.put(emptyConfig, { signal });
  return [attestationManifest(image.descriptor, config, statements)];
}

async function store(
  { content }: AttestDependencies,
  { descriptor }: MadePlatform,
  { type, text }: { readonly type: string; readonly text: JsonText },
  context: ExportContext,
): Promise<StoredStatement> {
  const bytes = await written(statementText(descriptor.digest, type, text), context.signal);
  await context.hold([hashBytes(bytes)]);
  return { predicateType: type, ...(await content.put(bytes, context)) };
}

const partsAtOnce = 200;

/** A long text is made in turns with other work. */
export async function written(text: JsonText, signal: AbortSignal): Promise<Uint8Array> {
  const blocks: Buffer[] = [];
  let parts: string[] = [];
  for (const part of text) {
    if (parts.push(part) < partsAtOnce) continue;
    blocks.push(Buffer.from(parts.join('')));
    parts = [];
    await setImmediate();
    signal.throwIfAborted();
  }
  return Buffer.concat([...blocks, Buffer.from(parts.join(''))]);
}
