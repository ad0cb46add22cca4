import { DataLossError, type ManifestView } from '@wharf/core';
import { escapeControlsInLines } from '../../format/escape.js';
import { indentJson } from '../inspect/indent.js';

const indexType = /\.(index\.v1|manifest\.list\.v2)\+json$/;
const dockerType = /^application\/vnd\.docker\./;

/** A document as it is, numbers and order unchanged, laid out over lines. */
export function documentText(document: Uint8Array): string {
  return layOut(compactJson(Buffer.from(document).toString('utf8')));
}

/** Docker's --verbose: each manifest with where it is; a list of them for an index. */
export function verboseText(view: ManifestView): string {
  if (!indexType.test(view.mediaType)) return layOut(entryText(view));
  return layOut(`[${view.entries.map(entryText).join(',')}]`);
}

function layOut(compact: string): string {
  return escapeControlsInLines(indentJson(compact).replaceAll(/^(?: {4})+/gm, tabs));
}

function tabs(spaces: string): string {
  return '\t'.repeat(spaces.length / 4);
}

function entryText({
  reference,
  mediaType,
  digest,
  size,
  platform,
  document,
}: ManifestView): string {
  const [os = '', architecture = '', variant] = platform.split('/');
  const descriptor = {
    mediaType,
    digest,
    size,
    ...(platform === ''
      ? {}
      : { platform: { architecture, os, ...(variant === undefined ? {} : { variant }) } }),
  };
  const kind = dockerType.test(mediaType) ? 'SchemaV2Manifest' : 'OCIManifest';
  const text = compactJson(Buffer.from(document).toString('utf8'));
  const raw = Buffer.from(document).toString('base64');
  return (
    `{"Ref":${JSON.stringify(reference)},"Descriptor":${JSON.stringify(descriptor)},` +
    `"Raw":${JSON.stringify(raw)},"${kind}":${text}}`
  );
}

/** Takes the white space out between the tokens. @throws data-loss for what is no JSON */
function compactJson(text: string): string {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new DataLossError('the manifest is no JSON document', { cause });
  }
  return text.replaceAll(
    /("(?:[^"\\]|\\.)*")|\s+/g,
    (_, quoted: string | undefined) => quoted ?? '',
  );
}
