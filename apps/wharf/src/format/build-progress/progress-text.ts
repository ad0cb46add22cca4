import { humanSize } from '../units.js';
import type { ShownProgress } from './state.js';

/** `transferring: 2.1kB / 3kB`; the name alone of what is one piece. */
export function progressText({ name, current, total, unit }: ShownProgress): string {
  if (unit === 'pieces' && total <= 1) return name;
  const amount = (count: number): string => (unit === 'bytes' ? humanSize(count) : String(count));
  const of = total > 0 && total !== current ? ` / ${amount(total)}` : '';
  return `${name}: ${amount(current)}${of}`;
}
