import type { ContainerState, Health } from '@wharf/core';
import { humanDuration } from './units.js';

/** A container's state in docker's words: `Up 3 seconds (healthy)`, `Exited (0) 2 hours ago`. */
export function statusText(state: ContainerState, now: Date): string {
  const since = (moment: Date): string => humanDuration(elapsed(moment, now));
  switch (state.status) {
    case 'created':
    case 'starting':
      return 'Created';
    case 'running':
      return `Up ${since(state.startedAt)}${healthText(state.health)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'exited':
      // One that never ran counts as created, as docker has it.
      if (state.startedAt === undefined) return 'Created';
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
  }
}

function healthText(health: Health | undefined): string {
  if (health === undefined) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

/** The one word of a state for `{{.State}}` and `--filter status=`. */
export function stateWord(state: ContainerState): string {
  return state.status === 'starting' ? 'created' : state.status;
}

/** How long ago, for `{{.RunningFor}}`: `2 hours ago`. */
export function agoText(moment: Date, now: Date): string {
  return `${humanDuration(elapsed(moment, now))} ago`;
}

/** A clock that was set back must not show as a time in the future. */
function elapsed(moment: Date, now: Date): number {
  return Math.max(0, now.getTime() - moment.getTime());
}

/** A moment in the local zone as `{{.CreatedAt}}` has it: `2006-01-02 15:04:05 -0700 MST`. */
export function localTime(moment: Date): string {
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString();
  const sign = offset < 0 ? '-' : '+';
  const size = Math.abs(offset);
  const digits = two(Math.floor(size / 60)) + two(size % 60);
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${sign}${digits} ${zoneName(moment, offset)}`;
}

/** A moment in UTC as Go prints it, its zeros cut: `2026-01-31 12:00:00.5 +0000 UTC`. */
export function utcTime(moment: Date): string {
  const text = moment.toISOString();
  const fraction = text.slice(19, 23).replace(/\.?0+$/, '');
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction} +0000 UTC`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** The zone's abbreviation, or its offset (`+02`) where it has none. */
function zoneName(moment: Date, offset: number): string {
  if (offset === 0) return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(moment);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  if (/^[A-Z]{2,5}$/.test(name)) return name;
  const minutes = Math.abs(offset) % 60;
  const hours = two(Math.floor(Math.abs(offset) / 60));
  return `${offset < 0 ? '-' : '+'}${hours}${minutes === 0 ? '' : two(minutes)}`;
}
