/** The question before a message notifies many people. */
import { titleOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { Confirm } from "../dialogs/confirm.tsx";
import type { EveryoneQuestionProps } from "../shared/deferred_views.ts";

/** Asks before a message notifies many people. */
export function EveryoneQuestion({ room, many, onConfirm, onClose }: EveryoneQuestionProps) {
  const t = deferredStrings.everyone;
  return (
    <Confirm
      title={t.title({ room: titleOf(room.name) })}
      hint={t[many]({ count: room.memberCount })}
      submit={t.submit}
      harmless
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
