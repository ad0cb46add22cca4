/** A moment in the local zone with nine digits of a second: `2026-01-31T12:00:00.123000000+01:00`. */
export function localNanoTime(moment: Date): string {
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 23);
  const size = Math.abs(offset);
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${local}000000${offset === 0 ? 'Z' : zone}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
