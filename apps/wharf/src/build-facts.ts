declare const WHARF_VERSION: string | undefined;
declare const WHARF_COMMIT: string | undefined;
declare const WHARF_COMMIT_TIME: string | undefined;

/** Facts that the bundler writes in; fallbacks when run from source. */
export const buildFacts = {
  version: typeof WHARF_VERSION === 'string' ? WHARF_VERSION : '0.0.0-source',
  apiVersion: 'wharf.v1',
  gitCommit: typeof WHARF_COMMIT === 'string' ? WHARF_COMMIT : '',
  buildTime: typeof WHARF_COMMIT_TIME === 'string' ? WHARF_COMMIT_TIME : '',
};
