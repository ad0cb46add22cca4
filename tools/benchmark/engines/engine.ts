import type { LeakScope } from '@wharf/testing';
import type { CallOptions, Command } from '../command.js';
import type { EngineName } from '../options.js';

export interface StartOptions extends CallOptions {
  /** A host of its own (tools/lib/space.sh) with bridges; without one the engine has the machine's network and no bridge. */
  readonly space?: string;
}

/** The part of an engine that runs all the time; podman has none. */
export interface Daemon {
  /** Ends it, leaves the containers running, and starts it: milliseconds from exec to its first answer. */
  restart(options: CallOptions): Promise<number>;
  /** Starts a created container with one API call, without the command line; returns when its process runs. */
  startContainer(name: string, options: CallOptions): Promise<void>;
}

/** An engine on a throwaway root, with the image `busybox`. Disposing of it ends all that it started. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  /** Of the engine and its runtime, for people. */
  readonly version: string;
  readonly image: string;
  readonly daemon?: Daemon;
  readonly scope: LeakScope;
  /** The command line: a verb with its arguments. */
  command(verb: string, ...args: readonly string[]): Command;
  /** Processes by what they are for; empty where the engine has none. */
  processes(): Promise<{ readonly daemon: readonly number[]; readonly shims: readonly number[] }>;
}
