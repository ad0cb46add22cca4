/** Fields by name in lower case, each with its first line. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Paragraphs of `Name: value` lines with empty lines between them (deb822(5); core metadata of Python has one). Lines that go on, and
 * lines that are none, are left out; of two fields of a name the first one counts. `reading` comes after so many lines.
 * @param wanted names in lower case
 */
export function* readStanzas(
  text: string,
  wanted: ReadonlySet<string>,
): Generator<Stanza | 'reading'> {
  let found = new Map<string, string>();
  let lines = 0;
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    start = end + 1;
    if (line !== '') {
      lines += 1;
      if (lines % linesAtOnce === 0) yield 'reading';
      addField(found, line, wanted);
    } else if (lines > 0) {
      yield found;
      found = new Map();
      lines = 0;
    }
  }
  if (lines > 0) yield found;
}

const linesAtOnce = 2000;

function addField(found: Map<string, string>, line: string, wanted: ReadonlySet<string>): void {
  const colon = line.indexOf(':');
  if (colon < 1 || colon > maxName) return;
  const name = line.slice(0, colon).toLowerCase();
  if (wanted.has(name) && !found.has(name)) found.set(name, line.slice(colon + 1).trim());
}

const maxName = 64;
