import { checked, type Finding } from './package.js';
import { readStanzas, type Stanza } from './stanzas.js';

const wanted = new Set(['package', 'version', 'architecture', 'status']);
/** Debian policy 5.6.1 and 5.6.12. */
const grammar = { name: /^[a-z0-9][a-z0-9+.-]*$/i, version: /^[0-9a-z][0-9a-z.+:~-]*$/i };

/** /var/lib/dpkg/status, and the files of status.d, which say nothing of a status. What is not wholly installed is left out. */
export function* readDpkg(text: string): Generator<Finding> {
  for (const stanza of readStanzas(text, wanted)) {
    if (stanza === 'reading') yield stanza;
    else if (isInstalled(stanza)) yield packageOf(stanza);
  }
}

function isInstalled(stanza: Stanza): boolean {
  const status = stanza.get('status');
  return status === undefined || status.split(' ')[2] === 'installed';
}

function packageOf(stanza: Stanza): Finding {
  const of = (field: string): string => stanza.get(field) ?? '';
  const found = { name: of('package'), version: of('version'), architecture: of('architecture') };
  return checked({ type: 'deb', ...found }, grammar);
}
