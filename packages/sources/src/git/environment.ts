import type { ErrorCode } from '@wharf/core';

/** Pairs of git-config(1), which go by the environment: they are in no file and in no command line (R20). */
export type Settings = readonly (readonly [key: string, value: string])[];

/**
 * What holds for every run of git, whatever a repository says. Nothing is read from the machine's or a user's files; there
 * are no hooks, filters, helpers, monitors, and no transports but https, http and ssh.
 */
const always: Settings = [
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.symlinks', 'true'],
  ['core.logAllRefUpdates', 'false'],
  ['core.autocrlf', 'false'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['protocol.https.allow', 'always'],
  ['protocol.http.allow', 'always'],
  ['protocol.ssh.allow', 'always'],
  ['protocol.version', '2'],
  ['transfer.fsckObjects', 'true'],
  ['transfer.bundleURI', 'false'],
  // Old faults that lead nowhere, and that well-known repositories have.
  ['fetch.fsck.zeroPaddedFilemode', 'ignore'],
  ['fetch.fsck.missingSpaceBeforeDate', 'ignore'],
  ['fetch.fsck.missingSpaceBeforeEmail', 'ignore'],
  ['fetch.fsck.badTimezone', 'ignore'],
  ['fetch.fsck.badFilemode', 'ignore'],
  ['fetch.fsck.nullSha1', 'ignore'],
  // A pack is there in full or not at all.
  ['fetch.unpackLimit', '1'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['pack.threads', '1'],
  ['safe.directory', '*'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
  ['http.followRedirects', 'false'],
  ['http.sslVerify', 'true'],
  ['http.proxy', ''],
];

/** The whole environment of a git process. */
export function gitEnvironment(home: string, settings: Settings): Record<string, string> {
  const all = [...always, ...settings];
  const pairs = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TEMPLATE_DIR: '',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(pairs),
  };
}

/** What the words of git, curl and ssh mean; the first that is found counts. */
export const meanings: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/cannot run ssh/i, 'failed-precondition', 'ssh cannot be started, install openssh-client'],
  [
    /host key verification failed|no \S+ host key is known/i,
    'failed-precondition',
    'its host key is not known, add it to the known_hosts file of the daemon',
  ],
  [
    /permission denied \(|authentication failed|could not read (?:username|password)|returned error: 401/i,
    'unauthenticated',
    'it wants authorization: give the build credentials or an ssh agent',
  ],
  [/returned error: 403/i, 'permission-denied', 'the server refuses'],
  [/couldn't find remote ref/i, 'not-found', 'it has no such reference'],
  [
    /repository .*not found|returned error: 404|does not appear to be a git repository/i,
    'not-found',
    'there is no such repository',
  ],
  [
    /fsck error|error: object \S+: |bad object|invalid path|inflate|pack (?:has|is) |index-pack failed/i,
    'data-loss',
    'what it sends is not valid',
  ],
  [/bad config line/i, 'data-loss', 'its .gitmodules is not valid'],
  [/no space left/i, 'resource-exhausted', 'no space left on the file system of the daemon'],
  [/ssl certificate|certificate verif/i, 'failed-precondition', 'its certificate is not trusted'],
];
