const maxLength = 8192;

/**
 * The target of the first `rel=next` of a Link header (RFC 8288), as it is written; undefined when there is
 * none. Targets with commas are read right, since they stand in angle brackets.
 */
export function parseNextLink(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  if (text.length > maxLength) return undefined;
  let at = 0;
  for (;;) {
    const open = text.indexOf('<', at);
    const close = open < 0 ? -1 : text.indexOf('>', open);
    if (close < 0) return undefined;
    const next = text.indexOf('<', close);
    const parameters = text.slice(close + 1, next < 0 ? text.length : next);
    if (isNext(parameters)) return text.slice(open + 1, close);
    at = close + 1;
  }
}

function isNext(parameters: string): boolean {
  return parameters.split(';').some((parameter) => {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() !== 'rel') return false;
    const relations = value.replace(/[",]/g, ' ').trim().toLowerCase().split(' ');
    return relations.includes('next');
  });
}
