/** What is at work while the chat is shown. */
import { Forward } from "./dialogs/forward.tsx";
import { LongPress, Reactors } from "./dialogs/reactors.tsx";
import { DraftSync } from "./composer/draft_sync.tsx";
import { FieldKeys } from "./composer/field_keys.tsx";
import { Announcer } from "./log/announcer.tsx";
import type { StateProps } from "./shared/deferred_views.ts";
import { FocusRescue } from "./shared/focus_rescue.ts";
import { LightDismiss } from "./shared/light_dismiss.ts";
import { StatusEnds } from "./shared/status_ends.tsx";
import { RestFollower } from "./sidebar/rest.ts";
import { OwnEmojiSync } from "./shared/own_emoji.tsx";

/**
 * Announces news to screen readers, keeps the focus, drafts and emoji, follows the user's other rooms,
 * and shows dialogs about a message, which the user may have opened in a view that is loaded with this
 * one.
 */
export function Background({ state }: StateProps) {
  const { dialog } = state;
  return (
    <>
      <Announcer state={state} />
      <DraftSync state={state} />
      <OwnEmojiSync state={state} />
      <FieldKeys />
      <FocusRescue />
      <LightDismiss />
      <LongPress />
      <StatusEnds state={state} />
      <RestFollower state={state} />
      {dialog?.about === "forward" && <Forward state={state} message={dialog.message} />}
      {dialog?.about === "reactions" && (
        <Reactors key={dialog.message.seq} {...dialog} state={state} />
      )}
    </>
  );
}
