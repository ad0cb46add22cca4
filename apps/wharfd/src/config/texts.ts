import { parseStorageSize } from '@wharf/oci';
import { z } from 'zod';

/** Whether a text is one that `parse` takes. */
export function readable(parse: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };
}

/** Bytes, as people write them. */
export const size = z.string().refine(readable(parseStorageSize), 'must be a size like 20GB');
