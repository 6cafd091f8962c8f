/** What the page tells and offers the user above the log. */
import type { StateProps } from "../shared/deferred_views.ts";
import { Offer } from "../sidebar/offer.tsx";
import { StorageWarning } from "../sidebar/storage_warning.tsx";
import { DueReminders } from "./reminders.tsx";

/** A warning that nothing is stored, due reminders, and the room that the user came for. */
export function Offers({ state }: StateProps) {
  return (
    <>
      {state.unstored && !state.unstored.isDismissed && <StorageWarning why={state.unstored.why} />}
      {state.ready && state.due.length > 0 && <DueReminders state={state} />}
      {state.ready && state.wanted !== undefined && <Offer state={state} />}
    </>
  );
}
