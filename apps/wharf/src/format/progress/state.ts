/** One step of a pull, push or build, as the engine reports it. */
export interface ProgressEvent {
  /** What it is about: a digest, a reference. */
  readonly id: string;
  readonly phase: string;
  /** Bytes; a total of 0 is not known. */
  readonly current: number;
  readonly total: number;
  /** What follows the name of the phase. */
  readonly detail?: string;
}

export interface ProgressItem extends ProgressEvent {
  /** Milliseconds since the epoch at which this phase began. */
  readonly since: number;
  /** Bytes of this phase that were there when it began: a resumed download. */
  readonly offset: number;
  readonly updated: number;
}

/** Items in the order in which they were first heard of. */
export interface ProgressState {
  readonly items: ReadonlyMap<string, ProgressItem>;
}

export const emptyProgress: ProgressState = { items: new Map() };

/** The state after an event; `now` in milliseconds. */
export function applyProgress(
  state: ProgressState,
  event: ProgressEvent,
  now: number,
): ProgressState {
  const before = state.items.get(event.id);
  const same = before?.phase === event.phase;
  const item: ProgressItem = {
    ...event,
    since: same ? before.since : now,
    offset: same ? before.offset : event.current,
    updated: now,
  };
  return { items: new Map(state.items).set(event.id, item) };
}

const finished = ['done', 'exists', 'pushed', 'layer-exists', 'mounted', 'loaded', 'sent'];

export function isFinished(item: ProgressItem): boolean {
  return finished.includes(item.phase);
}

/** Bytes a second in this phase; undefined before half a second has passed. */
export function speedOf(item: ProgressItem): number | undefined {
  const elapsed = item.updated - item.since;
  return elapsed < 500 ? undefined : ((item.current - item.offset) * 1000) / elapsed;
}
