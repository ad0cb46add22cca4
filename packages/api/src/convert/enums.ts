import { InvalidArgumentError } from '@wharf/core';

/** The words of the domain and the numbers of the wire for one enumeration. */
export interface EnumPair<Word extends string> {
  toWire(word: Word): number;
  /** Throws invalid-argument for a number that means nothing here, UNSPECIFIED included. */
  fromWire(number: number): Word;
  /** UNSPECIFIED is `fallback`. */
  fromWireOr(number: number, fallback: Word): Word;
}

/** `what` names the enumeration in messages. */
export function enumPair<Word extends string>(
  what: string,
  numbers: Readonly<Record<Word, number>>,
): EnumPair<Word> {
  const words = Object.keys(numbers) as Word[];
  const fromWire = (number: number): Word => {
    const word = words.find((candidate) => numbers[candidate] === number);
    if (word === undefined) throw new InvalidArgumentError(`unknown ${what} (${number})`);
    return word;
  };
  return {
    toWire: (word) => numbers[word],
    fromWire,
    fromWireOr: (number, fallback) => (number === 0 ? fallback : fromWire(number)),
  };
}
