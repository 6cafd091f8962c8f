/** Overlays on a phone and the entries of the history. */
import { assertEquals } from "@std/assert";
import { OverlayHistory } from "../../../static/views/shared/back.ts";

/** A history that goes back when the test says so, as a browser's does in its own time. */
class FakeWindow {
  readonly #entries: unknown[] = [null];
  readonly #listeners: (() => void)[] = [];
  #at = 0;
  #delta = 0;
  readonly history = this;

  get state(): unknown {
    return this.#entries[this.#at];
  }

  /** The states of the entries up to the present one: how many overlays each stands for. */
  get depths(): number[] {
    return this.#entries.slice(0, this.#at + 1).map((state) =>
      (state as { overlays: number } | null)?.overlays ?? 0
    );
  }

  addEventListener(_type: "popstate", listener: () => void): void {
    this.#listeners.push(listener);
  }

  pushState(state: unknown): void {
    this.#entries.splice(++this.#at, Infinity, state);
  }

  /** A room takes the present entry. */
  replaceState(state: unknown): void {
    this.#entries[this.#at] = state;
  }

  go(delta = 0): void {
    this.#delta += delta;
  }

  /** The history arrives where it was told to go. */
  arrive(): void {
    this.#at += this.#delta;
    this.#delta = 0;
    for (const listener of this.#listeners) listener();
  }

  /** The user goes back. */
  goBack(): void {
    this.go(-1);
    this.arrive();
  }
}

/** A page on a phone. */
class FakePage {
  readonly window = new FakeWindow();
  readonly overlays = new OverlayHistory(this.window);
  readonly shown = new Map<string, () => void>();

  open(name: string): void {
    this.shown.set(name, this.overlays.open(() => this.close(name)));
  }

  close(name: string): void {
    const onClosed = this.shown.get(name);
    this.shown.delete(name);
    onClosed?.();
  }

  is(names: readonly string[], depths: readonly number[]): void {
    assertEquals({ names: [...this.shown.keys()], depths: this.window.depths }, { names, depths });
  }
}

Deno.test("Back closes the topmost overlay", () => {
  const page = new FakePage();
  page.open("drawer");
  page.open("dialog");
  page.is(["drawer", "dialog"], [0, 1, 2]);
  page.window.goBack();
  page.is(["drawer"], [0, 1]);
  page.window.goBack();
  page.is([], [0]);
});

Deno.test("an overlay that opens while the history goes back stays open", () => {
  const page = new FakePage();
  page.open("dialog");
  page.open("Profile");
  page.close("Profile");
  assertEquals(page.overlays.isGoingBack, true);
  page.open("Devices");
  page.window.arrive();
  assertEquals(page.overlays.isGoingBack, false);
  page.is(["dialog", "Devices"], [0, 1, 2]);
  page.window.goBack();
  page.is(["dialog"], [0, 1]);
});

Deno.test("an overlay that was open only while the history went back leaves no entry", () => {
  const page = new FakePage();
  page.open("dialog");
  page.close("dialog");
  page.open("other");
  page.close("other");
  page.window.arrive();
  page.is([], [0]);
  assertEquals(page.overlays.isGoingBack, false);
});

for (const names of [["dialog", "drawer"], ["drawer", "dialog"]]) {
  Deno.test(`overlays that close together leave no entry: the ${names[0]} first`, () => {
    const page = new FakePage();
    page.open("drawer");
    page.open("dialog");
    for (const name of names) page.close(name);
    page.window.arrive();
    if (page.overlays.isGoingBack) page.window.arrive();
    page.is([], [0]);
  });
}

Deno.test("a room that was opened from the drawer keeps the drawer's entry", () => {
  const page = new FakePage();
  page.open("drawer");
  page.window.replaceState(null);
  page.close("drawer");
  page.is([], [0, 0]);
  assertEquals(page.overlays.isGoingBack, false);
});
