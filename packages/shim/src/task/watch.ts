import { WatchTaskResponse, type JournalEntry, type ServerStream } from '@wharf/api/shim';
import type { Task } from './task.js';

/** Journal entries after the cursor, then live ones, until the caller leaves. */
export async function watchTask(
  task: Task,
  after: bigint,
  stream: ServerStream,
): Promise<undefined> {
  const queue: JournalEntry[] = task.journal.after(after);
  let wake: () => void = () => undefined;
  const stop = task.journal.watch((entry) => {
    queue.push(entry);
    wake();
  });
  stream.signal.addEventListener('abort', () => wake(), { once: true });
  try {
    let told = after;
    while (!stream.signal.aborted) {
      const entry = queue.shift();
      if (entry === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (entry.sequence > told) {
        told = entry.sequence;
        await stream.send(WatchTaskResponse.encode({ entry }).finish());
      }
    }
    return undefined;
  } finally {
    stop();
  }
}
