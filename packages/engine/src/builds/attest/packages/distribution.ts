/** What /etc/os-release says an image is (os-release(5)). */
export interface Distribution {
  /** `debian`; empty when it is not known. */
  readonly id: string;
  /** `12`; empty for those without versions. */
  readonly version: string;
}

const maxLines = 200;
const word = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export function readDistribution(text: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of text.split('\n', maxLines)) {
    const equals = line.indexOf('=');
    if (equals > 0) fields.set(line.slice(0, equals), unquoted(line.slice(equals + 1).trim()));
  }
  const of = (name: string): string => {
    const value = fields.get(name) ?? '';
    return word.test(value) ? value : '';
  };
  return { id: of('ID'), version: of('VERSION_ID') };
}

function unquoted(value: string): string {
  const [quote] = value;
  const isQuoted = (quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote);
  return isQuoted ? value.slice(1, -1) : value;
}
