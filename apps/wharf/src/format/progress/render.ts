import { escapeControls } from '../escape.js';
import { humanSize } from '../units.js';
import { clipToWidth } from '../width.js';
import {
  isFinished,
  speedOf,
  type ProgressEvent,
  type ProgressItem,
  type ProgressState,
} from './state.js';

const labels: Readonly<Record<string, string>> = {
  resolving: 'Resolving',
  waiting: 'Waiting',
  downloading: 'Downloading',
  unpacking: 'Extracting',
  done: 'Pull complete',
  exists: 'Already exists',
  preparing: 'Preparing',
  compressing: 'Compressing',
  pushing: 'Pushing',
  pushed: 'Pushed',
  'layer-exists': 'Layer already exists',
  mounted: 'Mounted from',
  reading: 'Loading layer',
  loaded: 'Load complete',
  sending: 'Sending',
  sent: 'Sent',
};

const longestBar = 50;
const shortestBar = 10;

/** What a phase is called to people. */
function phaseLabel(phase: string): string {
  const known = Object.hasOwn(labels, phase) ? labels[phase] : undefined;
  return known ?? escapeControls(phase.slice(0, 1).toUpperCase() + phase.slice(1));
}

/** The phase of an event with its detail: `Mounted from library/busybox`. */
export function eventLabel({ phase, detail }: ProgressEvent): string {
  const label = phaseLabel(phase);
  return detail === undefined || detail === '' ? label : `${label} ${escapeControls(detail)}`;
}

/** Twelve digits of a digest; other names as they are. */
export function shortId(id: string): string {
  const hex = /^[a-z0-9]+:([0-9a-f]{12})[0-9a-f]*$/.exec(id)?.[1];
  return hex ?? escapeControls(id);
}

/**
 * The lines that show a state on a terminal of that size, none wider than `width`, at most
 * `height`. When there are more items than lines, finished ones make room first.
 */
export function render(state: ProgressState, width: number, height: number): string[] {
  const items = [...state.items.values()];
  const shown = items.length <= height ? items : selected(items, Math.max(0, height - 1));
  const lines = shown.map((item) => clipToWidth(itemLine(item, width), width));
  if (shown.length === items.length || height < 1) return lines.slice(0, Math.max(0, height));
  const done = items.filter(isFinished).length;
  const summary = `${items.length - shown.length} more not shown; ${done} of ${items.length} done`;
  return [...lines, clipToWidth(summary, width)];
}

function selected(items: readonly ProgressItem[], room: number): ProgressItem[] {
  const active = items.filter((item) => !isFinished(item) && item.phase !== 'waiting');
  const waiting = items.filter((item) => item.phase === 'waiting');
  const finished = items.filter(isFinished).reverse();
  const chosen = new Set([...active, ...waiting, ...finished].slice(0, room));
  return items.filter((item) => chosen.has(item));
}

function itemLine(item: ProgressItem, width: number): string {
  const head = `${shortId(item.id)}: ${eventLabel(item)}`;
  if (item.current <= 0 || isFinished(item)) return head;
  const speed = speedOf(item);
  const rate = speed === undefined || speed <= 0 ? '' : `  ${humanSize(speed, 3)}/s`;
  if (item.total <= 0) return `${head} ${humanSize(item.current)}${rate}`;
  const amounts = `${humanSize(item.current)}/${humanSize(item.total)}${rate}`;
  const room = width - head.length - amounts.length - 5;
  if (room < shortestBar) return `${head} ${amounts}`;
  return `${head} ${bar(item.current / item.total, Math.min(room, longestBar))}  ${amounts}`;
}

function bar(share: number, columns: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * columns);
  const head = filled < columns ? '>' : '';
  return `[${('='.repeat(filled) + head).padEnd(columns)}]`;
}
