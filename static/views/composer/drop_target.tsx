/** Attaching files to a message by dropping them on the page. */
import { useEffect, useState } from "preact/hooks";
import { silenceReason } from "../../state/selectors.ts";
import { titleOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import type { RoomStateProps } from "../shared/deferred_views.ts";
import { Icon } from "../shared/parts.tsx";
import { takesFiles, useAttach } from "./attach.tsx";

/** Says that dragged files can be dropped, and attaches them. */
export function DropTarget({ state, room }: RoomStateProps) {
  const [over, setOver] = useState(false);
  const attach = useAttach(state, room);
  const open = takesFiles(state, room) && silenceReason(state, room, Date.now()) === undefined;
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      // A file dropped beside the target must not replace the page.
      event.preventDefault();
      event.dataTransfer.dropEffect = open ? "copy" : "none";
      setOver(open);
    };
    const onLeave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const onDrop = (event: DragEvent) => {
      setOver(false);
      const files = [...event.dataTransfer?.files ?? []];
      if (files.length === 0) return;
      event.preventDefault();
      if (open) attach(files);
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  });
  if (!over) return null;
  return (
    <div class="drop-target">
      <p>
        <Icon name="clip" />
        {deferredStrings.files.drop({ room: titleOf(room.name) })}
      </p>
    </div>
  );
}
