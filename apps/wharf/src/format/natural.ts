/** Orders texts as people count: `9000/tcp` after `80/tcp`. */
export function compareNatural(left: string, right: string): number {
  const [ones, others] = [partsOf(left), partsOf(right)];
  for (let at = 0; at < Math.min(ones.length, others.length); at++) {
    const order = compareParts(ones[at] ?? '', others[at] ?? '');
    if (order !== 0) return order;
  }
  return ones.length - others.length || compareText(left, right);
}

function partsOf(text: string): string[] {
  return text.match(/[0-9]+|[^0-9]+/g) ?? [];
}

function compareParts(left: string, right: string): number {
  if (!/^[0-9]/.test(left) || !/^[0-9]/.test(right)) return compareText(left, right);
  const [one, other] = [left.replace(/^0+(?=.)/, ''), right.replace(/^0+(?=.)/, '')];
  return one.length - other.length || compareText(one, other);
}

/** By code units, as sort() does without a locale. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
