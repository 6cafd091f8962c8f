/** Commands whose answer a form waits for. */
import type { Action, PageState } from "../../state/reducer.ts";
import type { Order } from "../../state/types.ts";
import type { ApiRefusal } from "../../net/api.ts";
import { isDurable } from "../../state/people.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "./context.ts";

/** Sends a command, and waits for its answer. @returns The refusal, or an empty object. */
type Ask = (action: Action) => Promise<ApiRefusal | Record<never, never>>;

/**
 * Returns a function that sends a command and waits for its answer, in the manner of `call`: so that
 * a form keeps what was typed until the server has it. The form shows a refusal; the page's notice of
 * it is taken back before it is seen.
 */
export function useAsk(): Ask {
  const { dispatch, store } = useActions();
  return (action) =>
    new Promise((resolve) => {
      const before = store.state;
      const waits = action.type === "order" && isDurable(action.order);
      dispatch(action);
      const key = [...store.state.requests.keys()].find((one) => !before.requests.has(one));
      // The page could do it by itself, or could not send it.
      if (key === undefined) return resolve(store.state === before ? unreachable() : {});
      const stop = store.subscribe((state) => {
        const answer = answerIn(state, key, waits);
        if (answer === undefined) return;
        stop();
        if (state.refused?.key === key) dispatch({ type: "dismiss" });
        resolve(answer);
      });
    });
}

/** Does what {@link useAsk} does, for a command that the page sends as it is. */
export function useAskOrder(): (order: Order) => ReturnType<Ask> {
  const ask = useAsk();
  return (order) => ask({ type: "order", order });
}

/** Returns the answer to a request, once there is one. */
function answerIn({ refused, ready, requests }: PageState, key: string, waits: boolean) {
  if (refused?.key === key) return { code: refused.code, detail: refused.message };
  // The answer is lost with its connection, unless the page sends the command again.
  if (!ready && !waits) return unreachable();
  return requests.has(key) ? undefined : {};
}

function unreachable(): ApiRefusal {
  return { code: "unreachable", detail: strings.refused.unreachable };
}
