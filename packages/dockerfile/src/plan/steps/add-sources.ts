import { parseDigest } from '@wharf/oci';
import { DockerfileError } from '../../error.js';
import type { AddInstruction, CopyInstruction } from '../../instruction/copy.js';
import type { Range } from '../../source/source.js';
import type { Word } from '../../source/text.js';
import type { Evaluation } from '../evaluation.js';
import type { CopyItem } from '../op.js';
import { parseRemote, type Remote } from './remote.js';

/** The sources of ADD that are no paths: files of the web and git repositories. */
export class AddSources {
  readonly #at: AddInstruction | CopyInstruction;
  readonly #evaluation: Evaluation;
  /** What --checksum says, expanded. */
  readonly #checksum: Word | undefined;

  constructor(at: AddInstruction | CopyInstruction, evaluation: Evaluation, checksum?: Word) {
    this.#at = at;
    this.#evaluation = evaluation;
    this.#checksum = checksum;
  }

  /** @returns undefined for a path @throws DockerfileError for an address that COPY cannot take or that is malformed */
  find(text: string, range: Range): CopyItem | undefined {
    const at = this.#at;
    const remote = parseRemote(text);
    if (remote === undefined) {
      if (this.#checksum === undefined) return undefined;
      throw this.#fail('--checksum is for http and git sources', this.#checksum.range);
    }
    if (typeof remote === 'string') throw this.#fail(remote, range);
    if (at.kind === 'copy') throw this.#fail(`COPY takes paths alone: use ADD ${text}`, range);
    if (this.#checksum !== undefined && at.sources.length > 1) {
      throw this.#fail('--checksum is for one source alone', this.#checksum.range);
    }
    return remote.kind === 'http' ? this.#http(remote, at) : this.#git(remote, at, range);
  }

  #http({ url, filename }: Remote & { kind: 'http' }, at: AddInstruction): CopyItem {
    const checksum = this.#checksum;
    const digest =
      checksum && this.#evaluation.checked(at, checksum.range, () => parseDigest(checksum.text));
    const input = this.#evaluation.graph.source({
      kind: 'http',
      inputs: [],
      url,
      filename,
      ...(digest === undefined ? {} : { checksum: digest }),
    });
    return Object.freeze({
      input,
      path: `/${filename}`,
      wildcards: false,
      unpack: at.unpack ?? false,
    });
  }

  #git(remote: Remote & { kind: 'git' }, at: AddInstruction, range: Range): CopyItem {
    const { kind, keepGitDir, submodules, commit, ...rest } = remote;
    const wanted = this.#checksum?.text ?? commit;
    if (wanted !== undefined && !isCommit(wanted)) {
      throw this.#fail(`${JSON.stringify(wanted)} is no commit`, this.#checksum?.range ?? range);
    }
    if (commit !== undefined && wanted !== commit) {
      throw this.#fail('the commit of the address is not that of --checksum', range);
    }
    if (keepGitDir !== undefined && at.keepGitDir !== undefined && keepGitDir !== at.keepGitDir) {
      throw this.#fail('the address and --keep-git-dir contradict each other', range);
    }
    const input = this.#evaluation.graph.source({
      kind,
      inputs: [],
      ...rest,
      keepGitDir: keepGitDir ?? at.keepGitDir ?? false,
      submodules: submodules ?? true,
      ...(wanted === undefined ? {} : { commit: wanted }),
    });
    return Object.freeze({ input, path: '/', wildcards: false, unpack: false });
  }

  #fail(problem: string, range: Range): DockerfileError {
    return new DockerfileError(problem, { source: this.#at.source, range });
  }
}

/** A commit in full (SHA-1 or SHA-256) or at least 7 of its digits. */
function isCommit(text: string): boolean {
  return (
    text.length >= 7 && text.length <= 64 && [...text].every((c) => '0123456789abcdef'.includes(c))
  );
}
