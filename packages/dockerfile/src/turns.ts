/** Work that may be laid aside for others after each of its parts, none of which is long whatever the text. */
export type Turns<T> = Generator<undefined, T, undefined>;

/** All of it in one go. */
export function atOnce<T>(work: Turns<T>): T {
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return turn.value;
  }
}
