import { toWharfError, type Builds, type CallOptions } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { buildDisplay, BuildState } from '../../format/build-progress/index.js';
import { ExitCode } from '../../format/errors.js';
import { agentOpener } from './agents.js';
import { checkDebug, debugShell } from './debug-shell.js';
import { failureText } from './failure.js';
import type { BuildFlags } from './flags.js';
import type { InterruptTeller } from './interrupt.js';
import type { ShowFrame } from './local-step.js';
import { writeLock } from './lock-file.js';
import type { OpenContext } from './open-context.js';
import { chooseProgress } from './progress-mode.js';
import { OutputReceiver } from './receive-outputs.js';
import { verifiedText, warningsText } from './report.js';
import { buildRequest, type BuildRequest } from './request.js';
import { runBuild, type BuildEnd } from './run-build.js';
import { imageIdOf, writeResultFiles } from './write-result.js';

export interface BuildImageOptions extends CallOptions {
  readonly openContext: OpenContext;
  readonly teller: InterruptTeller;
}

/** Builds what the flags say and shows it. @returns the exit code */
export async function buildImage(
  context: CliContext,
  builds: Builds,
  flags: BuildFlags,
  path: string,
  { signal, openContext, teller }: BuildImageOptions,
): Promise<number> {
  const { io } = context;
  if (flags.debug) checkDebug(io);
  const { mode, quiet } = chooseProgress({
    flag: flags.progress,
    quiet: flags.quiet,
    env: io.env,
    terminal: io.stderr.isTTY,
  });
  const state = new BuildState();
  const display = buildDisplay(mode, io.stderr, {
    explain: flags.explain,
    now: () => io.now().getTime(),
    onExit: (restore) => io.onExit(restore),
  });
  teller.tell = (text) => display.stopping(text);
  const show: ShowFrame = (frame) => {
    state.apply(frame, io.now().getTime());
    display.frame(frame);
  };
  let buildId: string | undefined;
  let request: BuildRequest;
  let end: BuildEnd;
  try {
    request = await buildRequest(context, flags, path, { builds, show, openContext, signal });
    end = await build(context, builds, request, {
      signal,
      show,
      started: (id) => (buildId = id),
    });
  } catch (thrown) {
    display.end();
    if (thrown instanceof ExitCode || toWharfError(thrown).code === 'cancelled') throw thrown;
    io.stderr.write(failureText(thrown, state, context.globals.debug));
    const failedStep = state.steps.some((step) => step.state.kind === 'failed');
    if (flags.debug && buildId !== undefined && failedStep) {
      await debugShell(io, builds, buildId, { signal });
    }
    throw new ExitCode(1);
  } finally {
    display.end();
  }
  if (!quiet) io.stderr.write(warningsText(end.warnings, context.globals.debug));
  return finish(context, flags, { request, end, quiet });
}

async function build(
  { io }: CliContext,
  builds: Builds,
  { spec, places, agents }: BuildRequest,
  options: CallOptions & { readonly show: ShowFrame; readonly started: (id: string) => void },
): Promise<BuildEnd> {
  const warn = (text: string): void => io.stderr.write(`WARNING: ${text}\n`);
  const receiver = new OutputReceiver(io, places, { signal: options.signal, warn });
  return runBuild(builds, spec, { ...options, receiver, agent: agentOpener(agents) });
}

async function finish(
  { io }: CliContext,
  flags: BuildFlags,
  {
    request,
    end,
    quiet,
  }: { readonly request: BuildRequest; readonly end: BuildEnd; readonly quiet: boolean },
): Promise<number> {
  const { result, differences } = end;
  await writeResultFiles(result, flags);
  if (flags.lock && request.lockPath !== undefined) await writeLock(request.lockPath, result.lock);
  const id = imageIdOf(result);
  const toStdout = request.places.some((place) => place?.kind === 'stdout');
  if (quiet && id !== undefined && !toStdout) io.stdout.write(`${id}\n`);
  if (differences === undefined) return 0;
  io.stderr.write(verifiedText(differences));
  return differences.length === 0 ? 0 : 1;
}
