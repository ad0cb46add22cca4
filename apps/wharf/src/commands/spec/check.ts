import { isWharfError } from '@wharf/core';

/** Makes of a parser the check of a flag: what it says when it refuses the text. */
export function checkOf(parse: (text: string) => unknown): (text: string) => string | undefined {
  return (text) => {
    try {
      parse(text);
      return undefined;
    } catch (thrown) {
      if (isWharfError(thrown)) return thrown.message;
      throw thrown;
    }
  };
}
