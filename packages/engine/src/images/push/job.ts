import type { Reference } from '@wharf/oci';
import type { TargetRecord } from '../records.js';
import type { Selection } from '../select.js';

/** One name on its way. */
export interface PushJob {
  readonly name: Reference;
  readonly target: TargetRecord;
  readonly selection: Selection;
  /** Whether it goes under the digest that it has here. */
  readonly unchanged: boolean;
}
