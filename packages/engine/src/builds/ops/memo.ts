/**
 * What was asked for while a build's inputs were looked at, for when it is executed: the same answer, whatever changed since. A failure
 * is not kept; of very many only the newest are.
 */
export class Memo<T> {
  readonly #answers = new Map<string, Promise<T>>();
  readonly #limit: number;

  constructor(limit = 1024) {
    this.#limit = limit;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    answer.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#limit && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}
