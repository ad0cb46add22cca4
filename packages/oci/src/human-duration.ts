const minute = 60;
const hour = 60 * minute;

/** A rough length of time in docker's words: `Less than a second`, `About a minute`, `2 hours`, `3 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < minute) return `${seconds} seconds`;
  if (seconds < 2 * minute) return 'About a minute';
  if (seconds < hour) return `${Math.floor(seconds / minute)} minutes`;
  return inHours(Math.floor(milliseconds / 1000 / hour + 0.5), Math.floor(seconds / hour));
}

/** @param rounded hours to the nearest @param whole hours that have passed */
function inHours(rounded: number, whole: number): string {
  if (rounded === 1) return 'About an hour';
  if (rounded < 48) return `${rounded} hours`;
  const days = Math.floor(rounded / 24);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  if (days < 730) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(whole / 24 / 365)} years`;
}
