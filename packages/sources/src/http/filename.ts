/** NAME_MAX of Linux, in bytes. */
const maxNameBytes = 255;

/**
 * The name in a Content-Disposition header (RFC 6266; `filename*` as in RFC 8187, UTF-8 alone) as one safe component: what is
 * before the last slash or backslash is dropped. Empty when there is none, or none that can be a file's name.
 */
export function dispositionFilename(header: string | undefined): string {
  if (header === undefined || header.length > 4096) return '';
  const parameters = parseParameters(header);
  const extended = parameters.get('filename*');
  const name =
    (extended === undefined ? undefined : decodeExtended(extended)) ?? parameters.get('filename');
  return name === undefined ? '' : safeComponent(name);
}

function safeComponent(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1).trim();
  if (last === '' || last === '.' || last === '..' || hasControls(last)) return '';
  return Buffer.byteLength(last) > maxNameBytes ? '' : last;
}

function hasControls(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xfffd) return true;
    if ((code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e)) return true;
    if ((code >= 0x2066 && code <= 0x2069) || (code >= 0xd800 && code <= 0xdfff)) return true;
  }
  return false;
}

/** `type; name=token; name="quoted"`; the first of a name counts. */
function parseParameters(header: string): Map<string, string> {
  const found = new Map<string, string>();
  const semicolon = header.indexOf(';');
  let at = semicolon < 0 ? header.length : semicolon + 1;
  while (at < header.length) {
    const equals = header.indexOf('=', at);
    if (equals < 0) break;
    const name = header.slice(at, equals).replaceAll(';', '').trim().toLowerCase();
    const [value, next] = readValue(header, equals + 1);
    if (!found.has(name)) found.set(name, value);
    at = next;
  }
  return found;
}

function readValue(header: string, start: number): [string, number] {
  let at = start;
  while (header[at] === ' ' || header[at] === '\t') at++;
  if (header[at] !== '"') {
    const end = header.indexOf(';', at);
    const stop = end < 0 ? header.length : end;
    return [header.slice(at, stop).trim(), stop + 1];
  }
  let value = '';
  for (at++; at < header.length && header[at] !== '"'; at++) {
    // A backslash before a letter is a path of Windows that nobody escaped.
    if (header[at] === '\\' && (header[at + 1] === '"' || header[at + 1] === '\\')) at++;
    value += header[at] ?? '';
  }
  const end = header.indexOf(';', at);
  return [Buffer.from(value, 'latin1').toString('utf8'), end < 0 ? header.length : end + 1];
}

function decodeExtended(value: string): string | undefined {
  const [charset, , ...rest] = value.split("'");
  if (charset?.toLowerCase() !== 'utf-8' || rest.length === 0) return undefined;
  try {
    return decodeURIComponent(rest.join("'"));
  } catch {
    return undefined;
  }
}
