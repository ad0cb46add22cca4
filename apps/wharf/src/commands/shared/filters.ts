import type { Filters } from '@wharf/core';
import type { FlagDefinition } from '../../argv/flags.js';

/** The --filter of every list. */
export const filterFlag = {
  type: 'strings',
  short: 'f',
  placeholder: 'filter',
  description: 'Filter output based on conditions provided',
  check: (text: string) =>
    /^\s*[^=\s]/.test(text) && text.includes('=')
      ? undefined
      : 'bad format of filter (expected name=value)',
} as const satisfies FlagDefinition;

/** `status=running` and so on as the engine takes them; values of one key are alternatives. */
export function parseFilters(texts: readonly string[]): Filters {
  const filters = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const key = text.slice(0, at).trim().toLowerCase();
    filters.set(key, [...(filters.get(key) ?? []), text.slice(at + 1).trim()]);
  }
  return filters;
}
