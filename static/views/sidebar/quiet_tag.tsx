/** The mark of a user who wants no notifications now. */
import { useEffect, useState } from "preact/hooks";
import { type Quiet, quietEnd } from "../../../lib/protocol/quiet.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { soonOf } from "../../strings/deferred_format.ts";
import { Icon } from "../shared/parts.tsx";

/** Shows that the user wants no notifications now, and until when. */
export function QuietTag({ quiet }: { quiet: Quiet | undefined }) {
  const now = useMinute(quiet !== undefined);
  const end = quietEnd(quiet, now);
  if (end === undefined) return null;
  const until = deferredStrings.sidebar.quiet({ until: soonOf(end, now) });
  return (
    <span class="tag earlier quiet-tag" title={until}>
      <Icon name="bellOff" />
      <span class="sr-only">{until}</span>
      <span aria-hidden="true">{soonOf(end, now)}</span>
    </span>
  );
}

/** Returns the present time. Renders again at the beginning of each minute, while it is needed. */
function useMinute(isNeeded: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return;
    setNow(Date.now());
    const timer = setTimeout(() => setNow(Date.now()), 60_000 - Date.now() % 60_000);
    return () => clearTimeout(timer);
  }, [isNeeded, now]);
  return now;
}
