import { displayWidth } from '../width.js';

/** The part of a terminal that is drawn on. */
export interface RegionOutput {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const beginUpdate = '\x1b[?2026h';
const endUpdate = '\x1b[?2026l';
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';

/** Lines of a terminal that are drawn again in place; the cursor is hidden meanwhile. */
export class ScreenRegion {
  readonly #output: RegionOutput;
  #drawn: readonly string[] = [];
  #hidden = false;

  constructor(output: RegionOutput) {
    this.#output = output;
  }

  /** What fits: the last row is the cursor's; the last column would wrap on some terminals. */
  size(): { readonly width: number; readonly height: number } {
    const { columns, height } = this.#screen();
    return { width: Math.max(1, columns - 1), height };
  }

  /** Puts the lines in place of those before. */
  draw(lines: readonly string[]): void {
    const up = this.#drawnRows();
    const back = up > 0 ? `\x1b[${up}A` : '';
    const body = lines.map((line) => `\r\x1b[2K${line}\n`).join('');
    const hide = this.#hidden ? '' : hideCursor;
    this.#hidden = true;
    this.#output.write(`${beginUpdate}${hide}${back}${body}\x1b[J${endUpdate}`);
    this.#drawn = lines;
  }

  /** Gives the cursor back; what is drawn stays. */
  restore(): void {
    if (this.#hidden) this.#output.write(showCursor);
    this.#hidden = false;
  }

  #screen(): { readonly columns: number; readonly height: number } {
    return {
      columns: Math.max(1, this.#output.columns ?? 80),
      height: Math.max(1, (this.#output.rows ?? 24) - 1),
    };
  }

  /** Rows that the last drawing takes now: lines wrap when the terminal was made narrower. */
  #drawnRows(): number {
    const { columns, height } = this.#screen();
    const rows = this.#drawn.map((line) => Math.max(1, Math.ceil(displayWidth(line) / columns)));
    return Math.min(
      rows.reduce((sum, count) => sum + count, 0),
      height,
    );
  }
}
