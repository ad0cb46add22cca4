import { DataLossError } from '@wharf/core';

/**
 * RFC 7541, appendix B: the length of the code of each byte, then of EOS; `a` is 5 bits, `z` is 30. The codes follow from the
 * lengths: they are given in order of length, and within a length in order of the symbol.
 */
const lengths =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibcccccccccccccccccccc' +
  'ccdcdioijbkabababbbaccbbbabcbaabccccckgjixprpprrrsrssssststtrstssssqrsrsstrqprrssqsrrt' +
  'qrssqqrqsrssprrrsrrsvvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz';
const shortest = 5;
const longest = 30;
const eos = 256;

interface Node {
  zero?: Node | number;
  one?: Node | number;
}

let cached: Node | undefined;

/** Bytes of a header as latin1 text. Throws data-loss for what is no Huffman code. */
export function decodeHuffman(bytes: Uint8Array): string {
  cached ??= buildTree();
  const root = cached;
  const text: number[] = [];
  let node = root;
  let pending = 0; // bits since the last symbol, and whether one of them was zero: padding is ones only
  let sawZero = false;
  for (const byte of bytes) {
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      const bit = (byte & mask) !== 0;
      const next = bit ? node.one : node.zero;
      pending += 1;
      if (!bit) sawZero = true;
      if (typeof next === 'object') {
        node = next;
        continue;
      }
      if (next === undefined || next === eos) throw new DataLossError('a header has a wrong code');
      text.push(next);
      node = root;
      pending = 0;
      sawZero = false;
    }
  }
  if (pending > 7 || sawZero) throw new DataLossError('a header ends in the middle of a code');
  return String.fromCharCode(...text);
}

function buildTree(): Node {
  const root: Node = {};
  let code = 0;
  for (let length = shortest; length <= longest; length++) {
    code *= 2;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths.charCodeAt(symbol) - 97 + shortest !== length) continue;
      insert(root, code, length, symbol);
      code += 1;
    }
  }
  return root;
}

function insert(root: Node, code: number, length: number, symbol: number): void {
  let node = root;
  for (let bit = length - 1; bit > 0; bit--) {
    const side = (code >>> bit) % 2 === 1 ? 'one' : 'zero';
    const next = (node[side] ??= {});
    if (typeof next === 'object') node = next;
  }
  node[code % 2 === 1 ? 'one' : 'zero'] = symbol;
}
