import type { Descriptor } from '@wharf/oci';
import { hashBytes } from '../../../layers/layers.js';
import type { ExportContext } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';

/** Brings a document into the store, held before it is there. */
export async function putDocument(
  { content }: Pick<OutputDependencies, 'content'>,
  bytes: Uint8Array,
  mediaType: string,
  context: Pick<ExportContext, 'hold' | 'signal'>,
): Promise<Descriptor> {
  await context.hold([hashBytes(bytes)]);
  return { mediaType, ...(await content.put(bytes, context)) };
}
