import { cut } from '../../chars.js';
import { cleanPath, leavesRoot } from '../paths.js';

/** What ADD takes from elsewhere. */
export type Remote =
  | { readonly kind: 'http'; readonly url: string; readonly filename: string }
  | {
      readonly kind: 'git';
      readonly remote: string;
      readonly ref?: string;
      readonly subdirectory?: string;
      readonly commit?: string;
      readonly keepGitDir?: boolean;
      readonly submodules?: boolean;
    };

const webSchemes: readonly string[] = ['http://', 'https://'];
const gitSchemes: readonly string[] = ['git://', 'ssh://'];

/**
 * Reads a source of ADD. `http(s)://…` is a file, unless its path ends in `.git`; `git://…`, `ssh://…` and `git@host:path`
 * are repositories, with `#ref:directory` or `?ref=…&subdir=…&checksum=…&keep-git-dir=…&submodules=…` behind them.
 * @returns undefined for a path, a text that says what is wrong for anything else with a scheme
 */
export function parseRemote(text: string): Remote | string | undefined {
  const lower = text.toLowerCase();
  const isWeb = webSchemes.some((scheme) => lower.startsWith(scheme));
  const isGit = gitSchemes.some((scheme) => lower.startsWith(scheme)) || lower.startsWith('git@');
  if (!isWeb && !isGit) {
    return lower.includes('://') || lower.startsWith('ext::')
      ? `${JSON.stringify(text.slice(0, 64))} is no source: take http, https, git or ssh`
      : undefined;
  }
  if (hasControls(text)) return 'an address cannot have white space or control characters';
  return isGit || hasGitPath(text) ? parseGit(text) : parseWeb(text);
}

function hasGitPath(text: string): boolean {
  const [beforeFragment] = cut(text, '#');
  const [path] = cut(beforeFragment, '?');
  return path.endsWith('.git');
}

function parseWeb(url: string): Remote | string {
  if (!URL.canParse(url)) return `${JSON.stringify(url.slice(0, 64))} is no address`;
  const { pathname } = new URL(url);
  const last = safelyDecode(pathname.slice(pathname.lastIndexOf('/') + 1));
  const usable = last !== '' && last !== '.' && last !== '..' && !last.includes('/');
  return { kind: 'http', url, filename: usable ? last : '__unnamed__' };
}

function parseGit(text: string): Remote | string {
  const [address, fragment] = cut(text, '#');
  const [remote, query] = cut(address, '?');
  const [ref, directory] = cut(fragment ?? '', ':');
  const options = new URLSearchParams(query ?? '');
  const chosen = options.get('ref') ?? options.get('branch') ?? options.get('tag') ?? ref;
  const subdirectory = options.get('subdir') ?? directory ?? '';
  const commit = options.get('checksum') ?? options.get('commit') ?? '';
  if (chosen.startsWith('-') || remote.slice(remote.indexOf('@') + 1).startsWith('-')) {
    return 'a git reference cannot begin with -';
  }
  if (leavesRoot(subdirectory)) return 'a git directory cannot leave the repository';
  const keepGitDir = readBoolean(options.get('keep-git-dir'));
  const submodules = readBoolean(options.get('submodules'));
  const inside = cleanPath(subdirectory).slice(1);
  return {
    kind: 'git',
    remote,
    ...(chosen === '' ? {} : { ref: chosen }),
    ...(inside === '' ? {} : { subdirectory: inside }),
    ...(commit === '' ? {} : { commit }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(submodules === undefined ? {} : { submodules }),
  };
}

/** A key without a value is true. */
function readBoolean(text: string | null): boolean | undefined {
  return text === null ? undefined : !['false', '0'].includes(text.toLowerCase());
}

function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) <= 0x20) return true;
  return false;
}

function safelyDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
