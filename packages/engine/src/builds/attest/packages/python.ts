import { checked, type Finding } from './package.js';
import { readStanzas } from './stanzas.js';

const wanted = new Set(['name', 'version', 'license', 'license-expression']);
/** PEP 508, PEP 440. */
const grammar = { name: /^[0-9a-z][0-9a-z._-]*$/i, version: /^[0-9a-z][0-9a-z.+!_-]*$/i };

/** METADATA of a dist-info, PKG-INFO of an egg-info; the long description comes behind the fields. */
export function* readPython(text: string): Generator<Finding> {
  const [stanza] = readStanzas(text, wanted).filter((one) => one !== 'reading');
  if (stanza === undefined) return yield 'unreadable';
  const [name = '', version = ''] = [stanza.get('name'), stanza.get('version')];
  const license = stanza.get('license-expression') ?? stanza.get('license');
  const normal = name.toLowerCase().replace(/[-_.]+/g, '-');
  yield checked({ type: 'pypi', name: normal, version, architecture: '', license }, grammar);
}
