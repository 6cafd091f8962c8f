/** What is at work while the chat is shown. */
import { Forward } from "./dialogs/forward.tsx";
import { DraftSync } from "./composer/draft_sync.tsx";
import { Announcer } from "./log/announcer.tsx";
import type { StateProps } from "./shared/deferred_views.ts";
import { OwnEmojiSync } from "./shared/own_emoji.tsx";

/**
 * Announces news to screen readers, keeps drafts and emoji up to date, and asks where to forward a
 * message: the user has chosen that in a view that is loaded with this one.
 */
export function Background({ state }: StateProps) {
  return (
    <>
      <Announcer state={state} />
      <DraftSync state={state} />
      <OwnEmojiSync state={state} />
      {state.forwarding && <Forward state={state} message={state.forwarding} />}
    </>
  );
}
