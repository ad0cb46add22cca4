import { toWharfError, type Builds, type CallOptions } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { BuildState } from '../../format/build-progress/index.js';
import { escapeControlsInLines } from '../../format/escape.js';
import { ExitCode } from '../../format/errors.js';
import type { Call } from './call-flag.js';
import { failureText } from './failure.js';
import type { BuildFlags } from './flags.js';
import type { OpenContext } from './open-context.js';
import { buildRequest } from './request.js';

/** Answers --call. @returns the exit code */
export async function askAbout(
  context: CliContext,
  builds: Builds,
  { flags, path, call }: { readonly flags: BuildFlags; readonly path: string; readonly call: Call },
  { signal, openContext }: CallOptions & { readonly openContext: OpenContext },
): Promise<number> {
  const { io } = context;
  const state = new BuildState();
  try {
    const { spec } = await buildRequest(context, flags, path, {
      builds,
      openContext,
      signal,
      show: (frame) => void state.apply(frame, io.now().getTime()),
    });
    const { text, json, exitCode } = await builds.ask(spec, call.question, { signal });
    io.stdout.write(call.json ? `${json.trimEnd()}\n` : escapeControlsInLines(text));
    return exitCode;
  } catch (thrown) {
    if (toWharfError(thrown).code === 'cancelled') throw thrown;
    io.stderr.write(failureText(thrown, state, context.globals.debug));
    throw new ExitCode(1);
  }
}
