/**
 * Asks the server which rooms are at addresses that the page does not know.
 *
 * @module
 */
import type { Notice } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { type ApiRefusal, call, isRefused } from "../../net/api.ts";
import { roomsAt } from "../../state/offer.ts";
import { idIn } from "../../state/places.ts";
import type { Actions } from "./context.ts";

type LookUpActions = Pick<Actions, "dispatch" | "store">;

/** How long to wait before the next attempt, in ms. */
const retryAfter = 2_000;

/** The addresses to look up; those of many texts are looked up at once. */
const wanted = new Set<string>();
let isDue = false;

/** Looks up an address: a folded name, or `id:` and an id. The answer is in `PageState.lookedUp`. */
export function lookUp(page: LookUpActions, address: string): void {
  wanted.add(address);
  schedule(page, 0);
}

function schedule(page: LookUpActions, ms: number): void {
  if (isDue) return;
  isDue = true;
  setTimeout(async () => {
    const isDone = page.store.state.ready && await ask(page);
    isDue = false;
    if (wanted.size > 0) schedule(page, isDone ? 0 : retryAfter);
  }, ms);
}

/** Asks for a page of the addresses. @returns Whether the server has answered for good. */
async function ask({ dispatch }: LookUpActions): Promise<boolean> {
  const addresses = [...wanted].slice(0, LIMITS.page_size);
  const query = addresses.map((one) => {
    const id = idIn(one);
    return id === undefined ? ["names", one] : ["ids", id];
  });
  const path = `/api/rooms?${new URLSearchParams(query)}`;
  const answer = await call<Extract<Notice, { type: "rooms" }>>("GET", path);
  if (isRefused(answer) && isPassing(answer)) return false;
  for (const one of addresses) wanted.delete(one);
  // What the server does not take for an address leads nowhere.
  dispatch({ type: "looked_up", found: roomsAt(addresses, isRefused(answer) ? [] : answer.rooms) });
  return true;
}

function isPassing({ code }: ApiRefusal): boolean {
  return ["rate_limited", "try_again", "unreachable"].includes(code);
}
