/** The warning that what is unsent would be lost with the page. */
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { StorageWarningProps } from "../shared/deferred_views.ts";

/** Says that the browser stores nothing, before the user loses something by it. */
export function StorageWarning({ why }: StorageWarningProps) {
  const { dispatch } = useActions();
  return (
    <div class="banner" role="alert">
      <span>{deferredStrings.unstored[why]}</span>
      <button type="button" class="link" onClick={() => dispatch({ type: "dismiss_unstored" })}>
        {strings.dismiss}
      </button>
    </div>
  );
}
