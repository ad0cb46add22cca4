import { parseBool } from '../../argv/values.js';
import { Fields } from './fields.js';

export interface Attestations {
  readonly provenance: 'none' | 'min' | 'max';
  readonly sbom: boolean;
}

export interface AttestFlags {
  readonly provenance: string | undefined;
  readonly sbom: string | undefined;
  readonly attest: readonly string[];
}

/** What is said of an image beside it; --provenance and --sbom win over --attest. @throws InvalidArgumentError */
export function attestationsOf({ provenance, sbom, attest }: AttestFlags): Attestations {
  let wanted: Attestations = { provenance: 'none', sbom: false };
  for (const text of attest) wanted = { ...wanted, ...parseAttest(text) };
  return {
    provenance: provenance === undefined ? wanted.provenance : parseProvenance(provenance),
    sbom: sbom === undefined ? wanted.sbom : parseSbom(sbom),
  };
}

/** Reads `type=provenance,mode=max` or `type=sbom`, either with `disabled=true`. @throws InvalidArgumentError */
export function parseAttest(text: string): Partial<Attestations> {
  const fields = new Fields('--attest', text);
  const type = fields.findOneOf('type', ['provenance', 'sbom']);
  if (type === undefined || fields.words.length > 0) {
    throw fields.refuse('type must be provenance or sbom');
  }
  const on = !fields.takeBool('disabled', false);
  const mode = type === 'provenance' ? modeOf(fields) : 'min';
  fields.finish();
  return type === 'sbom' ? { sbom: on } : { provenance: on ? mode : 'none' };
}

/** Reads `true`, `false`, `min`, `max` or `mode=max`. @throws InvalidArgumentError */
export function parseProvenance(text: string): Attestations['provenance'] {
  if (text === 'min' || text === 'max') return text;
  const yes = parseBool(text);
  if (yes !== undefined) return yes ? 'min' : 'none';
  const fields = new Fields('--provenance', text);
  const [word] = fields.words;
  if (word !== undefined) throw fields.refuse('must be true, false, mode=min or mode=max');
  const mode = modeOf(fields);
  const off = fields.takeBool('disabled', false);
  fields.finish();
  return off ? 'none' : mode;
}

/** The version of SLSA may be said, and is the one that there is. */
function modeOf(fields: Fields): 'min' | 'max' {
  fields.takeOneOf('version', ['v1'], 'v1');
  return fields.takeOneOf('mode', ['min', 'max'], 'min');
}

/** Reads `true` or `false`. @throws InvalidArgumentError */
export function parseSbom(text: string): boolean {
  const yes = parseBool(text);
  if (yes !== undefined) return yes;
  throw new Fields('--sbom', text).refuse(
    'must be true or false: the list is made by the daemon itself',
  );
}
