import { isHook, type Ruleset } from '../ruleset.js';

/** As `nft -j list table` says it, but for what rules are made of. */
export function listing(ruleset: Ruleset): { readonly nftables: object[] } {
  const sets = [...ruleset.sets].map(([name, { kind, elements: of }]) => ({
    [kind]: {
      name,
      elem: [...of].map(([key, value]) => (value === '' ? words(key) : [words(key), words(value)])),
    },
  }));
  const chains = [...ruleset.chains.keys()].map((name) => ({ chain: { name, handle: 1 } }));
  const rules = [...ruleset.chains].flatMap(([chain, lines]) =>
    lines
      .filter((line) => !isHook(line))
      .map((line) => ({ rule: { chain, handle: 2, expr: [line] } })),
  );
  return {
    nftables: [
      { metainfo: {} },
      { table: { name: ruleset.table, handle: 1 } },
      ...sets,
      ...chains,
      ...rules,
    ],
  };
}

function words(key: string): unknown {
  const parts = key.split(' . ').map((part) => {
    const [addr = '', len] = part.replaceAll('"', '').split('/');
    return len === undefined ? addr : { prefix: { addr, len: Number(len) } };
  });
  return parts.length === 1 ? parts[0] : { concat: parts };
}
