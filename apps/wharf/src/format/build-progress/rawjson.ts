import type { BuildFrame } from '@wharf/core';
import type { BuildDisplay, DisplayOutput } from './display.js';

/** A JSON object per frame and line; bytes in base64. The bytes of outputs are left out. */
export class JsonDisplay implements BuildDisplay {
  readonly #output: Pick<DisplayOutput, 'write'>;

  constructor(output: Pick<DisplayOutput, 'write'>) {
    this.#output = output;
  }

  frame(frame: BuildFrame): void {
    if (frame.kind !== 'output') this.#output.write(`${frameJson(frame)}\n`);
  }

  stopping(): void {
    // Every line is a frame.
  }

  end(): void {
    // Every line is whole.
  }
}

/** One frame as JSON. */
export function frameJson(frame: BuildFrame): string {
  const shown = frame.kind === 'log' ? { ...frame, data: base64(frame.data) } : frame;
  return JSON.stringify(shown);
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
