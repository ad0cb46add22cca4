import { invalid, quoted } from './names.js';

const maxEntries = 1000;
const maxKey = 4096;
const maxValue = 64 * 1024;
const maxTotal = 1024 * 1024;
/** Annotations by which a runtime is told to act on the host. */
const reserved = ['run.oci.', 'org.systemd.property.'];

type Pairs = Readonly<Record<string, string>>;

/** Budgets for what a caller may attach to a container; 1,000 entries, 64 KiB each, 1 MiB together. */
export function checkLabels(labels: Pairs, annotations: Pairs): void {
  checkPairs(labels, 'label', '--label');
  checkPairs(annotations, 'annotation', '--annotation');
  for (const key of Object.keys(annotations)) {
    if (reserved.some((prefix) => key.startsWith(prefix))) {
      throw invalid(`the annotation ${quoted(key)} is reserved`, '--annotation');
    }
  }
}

function checkPairs(pairs: Pairs, what: string, flag: string): void {
  const entries = Object.entries(pairs);
  if (entries.length > maxEntries) throw invalid(`more than ${maxEntries} ${what}s`, flag);
  let total = 0;
  for (const [key, value] of entries) {
    total += key.length + value.length;
    if (key === '' || key.length > maxKey || (key + value).includes('\0')) {
      throw invalid(`invalid ${what} ${quoted(key)}`, flag);
    }
    if (value.length > maxValue) {
      throw invalid(`the ${what} ${quoted(key)} is longer than ${maxValue} characters`, flag);
    }
  }
  if (total > maxTotal) throw invalid(`the ${what}s are longer than ${maxTotal} characters`, flag);
}
