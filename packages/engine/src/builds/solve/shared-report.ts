import type { OpReport } from '../executor.js';

type Said = (to: OpReport) => void;

/** What a late listener is told of what was said before he came; bytes of logs. */
const keptBytes = 1024 * 1024;

/** The report of an execution that several builds wait for; who comes late hears what was said, up to a bound. */
export class SharedReport implements OpReport {
  readonly #listeners = new Set<OpReport>();
  #said: Said[] = [];
  #bytes = 0;

  /** Until it is disposed of. */
  listen(report: OpReport): Disposable {
    for (const say of this.#said) say(report);
    this.#listeners.add(report);
    return { [Symbol.dispose]: () => void this.#listeners.delete(report) };
  }

  log(stream: 'stdout' | 'stderr', data: Uint8Array): void {
    const say: Said = (to) => to.log(stream, data);
    if (this.#bytes + data.byteLength <= keptBytes) {
      this.#bytes += data.byteLength;
      this.#said.push(say);
    }
    this.#tell(say);
  }

  progress(name: string, current: number, total: number, unit: 'bytes' | 'pieces'): void {
    this.#tell((to) => to.progress(name, current, total, unit));
  }

  #tell(say: Said): void {
    for (const listener of this.#listeners) say(listener);
  }
}
