import type { CallOptions, Filters } from './call.js';

export interface Event {
  /** Rises with each change of state; never reused. */
  readonly sequence: bigint;
  readonly time: Date;
  readonly type: 'container' | 'image' | 'daemon' | 'network' | 'volume' | 'builder';
  readonly action: string;
  readonly actorId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type EventFrame =
  | { readonly kind: 'ready'; readonly lastSequence: bigint }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'lost'; readonly from: bigint; readonly to: bigint };

export interface WatchQuery {
  readonly afterSequence?: bigint;
  readonly since?: Date;
  readonly until?: Date;
  readonly filters?: Filters;
}

export interface Events {
  /** `ready` first, then what the cursor asks for, then live events until `until` or the abort. */
  watch(query: WatchQuery, options: CallOptions): AsyncIterable<EventFrame>;
}
