/**
 * Where drafts are kept that the server has not acknowledged, so that a reload loses none.
 *
 * @module
 */
import type { Pending } from "./state/types.ts";

/** A place that outlives the page. Each person has their own. */
export interface Outbox {
  load(owner: string): Promise<readonly Pending[]>;
  save(owner: string, pending: readonly Pending[]): Promise<void>;
}

/**
 * An outbox in a browser's storage.
 *
 * @param storage `sessionStorage` keeps the outboxes of two tabs apart.
 */
export function storedOutbox(storage: Pick<Storage, "getItem" | "setItem">): Outbox {
  const place = (owner: string) => `hubbub-outbox:${owner}`;
  return {
    load: (owner) => Promise.resolve(parse(storage.getItem(place(owner)))),
    save: (owner, pending) => {
      try {
        storage.setItem(place(owner), JSON.stringify(pending));
      } catch {
        // A full or forbidden storage must not keep anybody from chatting: the drafts are still
        // in the page, they only do not outlive it.
      }
      return Promise.resolve();
    },
  };
}

function parse(stored: string | null): readonly Pending[] {
  if (stored === null) return [];
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? value.filter(isPending) : [];
  } catch {
    return [];
  }
}

/** Storage may hold what an older page wrote. */
function isPending(value: unknown): value is Pending {
  const entry = value as Partial<Pending> | null;
  return typeof entry?.key === "string" && typeof entry.room === "string" &&
    typeof entry.draft?.type === "string" && typeof entry.draft.room === "string";
}
