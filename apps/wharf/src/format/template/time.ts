/** A moment as Go's `time.Time` prints it, in UTC: `2006-01-02 15:04:05.999 +0000 UTC`. */
export function goTime(moment: Date): string {
  return `${rfc3339(moment).replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

/** RFC 3339 with the fraction that is needed, as Go's JSON has it. */
export function rfc3339(moment: Date): string {
  if (Number.isNaN(moment.getTime())) return '0001-01-01T00:00:00Z';
  return moment.toISOString().replace(/\.?0*Z$/, 'Z');
}
