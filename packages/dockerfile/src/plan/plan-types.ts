import type { ImageHistoryEntry, ImageRuntimeConfig } from '@wharf/core';
import type { Platform } from '@wharf/oci';
import type { Report } from '../lint/finding.js';
import type { Range } from '../source/source.js';
import type { Op, OpId } from './op.js';

/** What an image that is built upon says; the caller resolves it. */
export interface BaseImage {
  readonly config: ImageRuntimeConfig;
  readonly platform: Platform;
  /** Of the manifest. */
  readonly digest?: string;
}

/** `--build-context NAME=…`: an image, the files of a directory, git or archive, or a stage of the same Dockerfile. */
export type NamedContext =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'files' }
  | { readonly kind: 'stage'; readonly stage: string };

export interface PlanOptions {
  /** Name or number of a stage; the last one without it. */
  readonly target?: string;
  readonly buildArgs?: ReadonlyMap<string, string>;
  /** Where it is built. */
  readonly buildPlatform: Platform;
  /** What it is built for; the build platform without it. */
  readonly targetPlatform?: Platform;
  readonly contexts?: ReadonlyMap<string, NamedContext>;
  /** What is known of base images, by `imageKey`. */
  readonly images?: ReadonlyMap<string, BaseImage>;
  /** `assume` plans with images that are not known as if they were empty, for checks and outlines; `ask` unless said. */
  readonly unknownImages?: 'ask' | 'assume';
  /** Every stage, for checks, and not only what the target needs. */
  readonly allStages?: boolean;
  /** Whether .dockerignore leaves a path of the build context out. */
  readonly isIgnored?: (path: string) => boolean;
  readonly report?: Report;
}

/** An image whose config must be known before the plan can be made. */
export interface ImageRequest {
  readonly key: string;
  readonly reference: string;
  readonly platform: Platform;
  /** The first FROM that names it. */
  readonly place: Place;
}

/** Words in a file. */
export interface Place {
  readonly file: string;
  readonly range: Range;
}

export interface ImagesNeeded {
  readonly kind: 'needs';
  readonly images: readonly ImageRequest[];
}

/** The third stage's result: operations in an order in which they can be executed one after the other. */
export interface Plan {
  readonly kind: 'plan';
  readonly ops: readonly Op[];
  /** Those that are needed, each behind those that it needs. */
  readonly stages: readonly PlannedStage[];
  readonly target: PlannedStage;
  /** Paths that are taken from each context, `undefined` its name for the build context; `/` is all of it. */
  readonly contextPaths: ReadonlyMap<string | undefined, readonly string[]>;
  /** Build arguments that nothing declares. */
  readonly unusedArgs: readonly string[];
}

export interface PlannedStage {
  readonly index: number;
  readonly name?: string;
  readonly platform: Platform;
  /** The file system at its end. */
  readonly result: OpId;
  readonly config: ImageRuntimeConfig;
  readonly author: string;
  /** What its own instructions add to the history of its base. */
  readonly history: readonly Omit<ImageHistoryEntry, 'createdAt'>[];
  readonly steps: readonly Step[];
  /** Index of the stage that it begins with, whose history comes before its own; absent on an image or on nothing. */
  readonly parent?: number;
  /** The image below it, if there is one, with its digest when it is known. */
  readonly base?: { readonly reference: string; readonly digest?: string };
  /** Its FROM. */
  readonly from: Place;
  /** Arguments that were declared or used, with their values. */
  readonly args: ReadonlyMap<string, string | undefined>;
}

/** One instruction in the order of execution. */
export interface Step extends Place {
  /** From 1, of all that are shown for the stage. */
  readonly number: number;
  /** As written, on one line. */
  readonly text: string;
  /** Whether it comes from ONBUILD of the base; its place is the FROM then. */
  readonly trigger: boolean;
  /** What it does to files; undefined when it changes the config alone. */
  readonly op?: OpId;
  /**
   * The variables that it looked at with the values that they had, for the explanation of a cache miss: those in its words; of
   * RUN also all arguments in scope, as its process may read them.
   */
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** The members of the config that are other than before. */
  readonly changes: Partial<ImageRuntimeConfig>;
}
