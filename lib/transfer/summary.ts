/**
 * What an import of another system's export has left out or changed, for the operator.
 *
 * @module
 */

/** How many entries of a kind are kept: the others are only counted. */
const LISTED = 1_000;

/** Lines, of which the first are kept and all are counted. */
class Lines {
  readonly #listed: string[] = [];
  #count = 0;

  add(line: string): void {
    if (this.#count++ < LISTED) this.#listed.push(line);
  }

  *print(title: string): Generator<string> {
    if (this.#count === 0) return;
    yield `${title}: ${this.#count}`;
    yield* this.#listed.map((line) => `  ${line}`);
    if (this.#count > LISTED) yield `  and ${this.#count - LISTED} more`;
  }
}

/** Collects what was left out or changed. */
export class Summary {
  readonly #odd = new Lines();
  readonly #renamed = new Lines();
  readonly #own = new Set<string>();
  #notices = 0;

  /** Counts a record that is no message, such as that of a user who joined. */
  notice(): void {
    this.#notices++;
  }

  /** Lists a record that was left out. */
  odd(file: string, index: number, reason: string): void {
    this.#odd.add(`${file}, item ${index}: ${reason}`);
  }

  /** Lists a name that is another one here. */
  renamed(what: string, before: string, after: string): void {
    if (before !== after) this.#renamed.add(`${what} ${JSON.stringify(before)} is ${after} here`);
  }

  /** Lists an emoji of the team's own, once. */
  own(emoji: string): void {
    this.#own.add(emoji);
  }

  /** The lines to print; none if everything was imported as it was. */
  *lines(): Generator<string> {
    if (this.#notices > 0) {
      yield `Notices that are no messages (joins, topics and the like) were left out: ${this.#notices}`;
    }
    yield* this.#odd.print("Records that cannot be imported were left out");
    yield* this.#renamed.print("Names were adapted to the rules for names");
    const own = new Lines();
    for (const emoji of [...this.#own].sort()) own.add(emoji);
    yield* own.print("Emoji of the team's own are texts until a moderator adds pictures for them");
  }
}
