import { checked, type Finding } from './package.js';

const grammar = { name: /^[a-z0-9][a-z0-9+._@-]*$/i, version: /^[0-9a-z][0-9a-z._+~-]*$/i };

/** /lib/apk/db/installed: paragraphs of `X:value`, in which a letter's case counts (apk-v2(5)). */
export function* readApk(text: string): Generator<Finding> {
  let fields = new Map<string, string>();
  let lines = 0;
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    const line = text.slice(start, end);
    start = end + 1;
    if (++lines % linesAtOnce === 0) yield 'reading';
    if (line === '' && fields.size > 0) {
      yield packageOf(fields);
      fields = new Map();
    } else if (/^[PVAL]:/.test(line) && !fields.has(line.slice(0, 1))) {
      fields.set(line.slice(0, 1), line.slice(2));
    }
  }
  if (fields.size > 0) yield packageOf(fields);
}

const linesAtOnce = 2000;

function packageOf(fields: ReadonlyMap<string, string>): Finding {
  const of = (letter: string): string => fields.get(letter) ?? '';
  const found = { name: of('P'), version: of('V'), architecture: of('A'), license: of('L') };
  return checked({ type: 'apk', ...found }, grammar);
}
