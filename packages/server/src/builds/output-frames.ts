import { buildFrameToWire, bufferOf } from '@wharf/api';
import type { BuildServiceDefinition, ResponseOf } from '@wharf/api';
import type { BuildFrame } from '@wharf/core';

/** Less is not worth a message without anything else. */
const bareBytes = 32 * 1024;
/** Of one message. */
const maxBytes = 1024 * 1024;

type ResponseFrame = NonNullable<ResponseOf<typeof BuildServiceDefinition, 'build'>['frame']>;

/** Makes the messages of a build's frames: large outputs travel as bytes alone, once it is said which output they are of. */
export function createOutputFrames(): (frame: BuildFrame) => Iterable<ResponseFrame> {
  let named: number | undefined;

  return function* framesOf(frame) {
    if (frame.kind !== 'output' || frame.last || frame.data.byteLength < bareBytes) {
      if (frame.kind === 'output') named = frame.index;
      yield { $case: 'build', value: buildFrameToWire(frame) };
      return;
    }
    const { index, data } = frame;
    if (index !== named) {
      const empty: BuildFrame = { kind: 'output', index, data: new Uint8Array(), last: false };
      yield { $case: 'build', value: buildFrameToWire(empty) };
    }
    named = index;
    for (let at = 0; at < data.byteLength; at += maxBytes) {
      yield { $case: 'output', value: bufferOf(data.subarray(at, at + maxBytes)) };
    }
  };
}
