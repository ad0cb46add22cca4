import { checked, type Finding } from './package.js';

const grammar = {
  name: /^(?:@[0-9a-z~._-]+\/)?[0-9a-z~._-]+$/i,
  version: /^[0-9a-z][0-9a-z.+-]*$/i,
};

/** package.json of a package in node_modules; nothing for one without name or version, which is a mark and no package. */
export function* readNpm(text: string): Generator<Finding> {
  const document = parse(text);
  if (document === undefined) return yield 'unreadable';
  const { name, version, license } = document;
  if (name === undefined && version === undefined) return;
  if (typeof name !== 'string' || typeof version !== 'string') return yield 'unreadable';
  yield checked(
    { type: 'npm', name, version, architecture: '', license: wordOf(license) },
    grammar,
  );
}

/** In UTF-8, as it is read. */
const byteOrderMark = '\u00ef\u00bb\u00bf';

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(
      text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text,
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Older packages have an object with a type. */
function wordOf(license: unknown): string | undefined {
  if (typeof license === 'string') return license;
  const isObject = typeof license === 'object' && license !== null && 'type' in license;
  return isObject && typeof license.type === 'string' ? license.type : undefined;
}
