import { isHook, type Ruleset } from './ruleset.js';

type Json = Readonly<Record<string, unknown>>;

const kinds = ['table', 'chain', 'rule'] as const;

/** The entries of `nft -j list table` (libnftables-json(5)). */
function entries(listing: unknown): readonly Json[] {
  if (!isObject(listing) || !Array.isArray(listing['nftables'])) return [];
  return (listing['nftables'] as readonly unknown[]).filter(isObject);
}

/** The table, its chains and rules as text that is equal for equal tables; counts and handles are left out. */
export function structureOf(listing: unknown): string {
  const lines = entries(listing).flatMap((entry) => {
    const kind = kinds.find((each) => isObject(entry[each]));
    if (kind === undefined) return [];
    const { handle: _, ...rest } = entry[kind] as Json;
    return [{ name: String(rest['chain'] ?? rest['name']), text: `${kind} ${plain(rest)}` }];
  });
  // Rules of one chain keep their order.
  return lines
    .map((line, index) => ({ ...line, index }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.index - b.index))
    .map(({ text }) => text)
    .join('\n');
}

/**
 * Whether a listing is not of the wanted table: by the names of its chains, of which one stands for their rules, by how many rules
 * each has, and by the elements of its sets, but for those that are filled from elsewhere (timeouts).
 */
export function differs(listing: unknown, wanted: Ruleset): boolean {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const entry of entries(listing)) {
    const set = entry['set'] ?? entry['map'];
    if (isObject(set)) found.set(String(set['name']), elementsOf(set));
  }
  for (const [name, { elements, definition }] of wanted.sets) {
    const have = found.get(name);
    if (have === undefined) return true;
    if (definition.includes('timeout')) continue;
    if (have.size !== elements.size) return true;
    for (const [key, value] of elements) if (have.get(bare(key)) !== bare(value)) return true;
  }
  const rules = rulesOf(listing);
  if (rules.size !== wanted.chains.size) return true;
  return [...wanted.chains].some(
    ([name, lines]) => rules.get(name) !== lines.filter((line) => !isHook(line)).length,
  );
}

/** How many each chain has. */
function rulesOf(listing: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { chain, rule } of entries(listing)) {
    if (isObject(chain)) counts.set(String(chain['name']), counts.get(String(chain['name'])) ?? 0);
    if (isObject(rule))
      counts.set(String(rule['chain']), (counts.get(String(rule['chain'])) ?? 0) + 1);
  }
  return counts;
}

/** Elements with a timeout, by set, as nft takes them. */
export function learnedElements(listing: unknown): ReadonlyMap<string, readonly string[]> {
  return new Map(
    entries(listing).flatMap(({ set }): (readonly [string, readonly string[]])[] => {
      if (!isObject(set) || !Array.isArray(set['elem'])) return [];
      const elements = (set['elem'] as readonly unknown[]).flatMap((element) => {
        const elem = isObject(element) ? element['elem'] : undefined;
        if (!isObject(elem) || typeof elem['timeout'] !== 'number') return [];
        // The next to nothing that is left of the last second counts as nothing.
        const left = typeof elem['expires'] === 'number' ? elem['expires'] : 0;
        return left < 1 ? [] : [`${textOf(elem['val'])} timeout ${left}s`];
      });
      return [[String(set['name']), elements]];
    }),
  );
}

function elementsOf(set: Json): ReadonlyMap<string, string> {
  const elements = new Map<string, string>();
  const list = Array.isArray(set['elem']) ? (set['elem'] as readonly unknown[]) : [];
  for (const element of list) {
    if (Array.isArray(element)) elements.set(textOf(element[0]), textOf(element[1]));
    else elements.set(textOf(element), '');
  }
  return elements;
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (!isObject(value)) return JSON.stringify(value);
  if (Array.isArray(value['concat'])) return value['concat'].map(textOf).join(' . ');
  const { prefix, elem, jump, range } = value;
  if (isObject(prefix)) return `${String(prefix['addr'])}/${String(prefix['len'])}`;
  if (isObject(elem)) return textOf(elem['val']);
  if (isObject(jump)) return `jump ${String(jump['target'])}`;
  if (Array.isArray(range)) return range.map(textOf).join('-');
  return JSON.stringify(value);
}

/** As the kernel says it: names without quotes, a prefix of full length as an address. */
function bare(text: string): string {
  return text
    .split(' . ')
    .map((part) => part.replaceAll('"', '').replace(part.includes(':') ? /\/128$/ : /\/32$/, ''))
    .join(' . ');
}

function plain(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'packets' || key === 'bytes' ? undefined : inner,
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
