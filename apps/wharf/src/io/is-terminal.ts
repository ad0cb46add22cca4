interface TtyWrap {
  isTTY(fd: number): boolean;
}

let wrapped: TtyWrap | undefined;

/**
 * isatty(3). Bun's node:tty brings node:net and node:stream along, which takes as long as all else that a short command
 * does; what is below it takes nothing.
 */
export function isTerminal(fd: number): boolean {
  if (process.versions['bun'] === undefined) return process.getBuiltinModule('node:tty').isatty(fd);
  wrapped ??= (process as unknown as { binding(name: 'tty_wrap'): TtyWrap }).binding('tty_wrap');
  return wrapped.isTTY(fd);
}
