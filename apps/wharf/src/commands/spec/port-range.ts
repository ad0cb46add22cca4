/** Both ends included. */
export interface PortRange {
  readonly start: number;
  readonly end: number;
}

/** Reads `80` or `8000-8010`; undefined for what is neither or runs backwards. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, first = '', last = first] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const range = { start: Number(first), end: Number(last) };
  return first !== '' && range.start <= range.end && range.end <= 65_535 ? range : undefined;
}
