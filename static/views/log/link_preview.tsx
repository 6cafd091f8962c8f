/** What a link in a message leads to, as the server has found it: a card under the message. */
import { useState } from "preact/hooks";
import { isOwn } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { newKey } from "../../util/uuid.ts";
import { useActions } from "../shared/context.ts";
import { IconButton } from "../shared/parts.tsx";
import { addressOf, previewClass } from "./files.tsx";
import type { MessageProps } from "./message_props.ts";

/** The preview of a message's link; the author and moderators can remove it. */
export function LinkPreview({ message, room, epoch, me, active, moderates }: MessageProps) {
  const { dispatch } = useActions();
  const { preview, seq } = message;
  const [isBroken, setBroken] = useState(false);
  const t = deferredStrings.linkPreview;
  if (!preview) return null;
  const { url, title, description, image: found } = preview;
  const image = isBroken ? undefined : found;
  const tabIndex = active ? 0 : -1;
  const remove = () => {
    const log = epoch === undefined ? {} : { epoch };
    const order = { type: "remove_preview", room_id: room, seq, key: newKey(), ...log } as const;
    dispatch({ type: "order", order });
  };
  return (
    <aside class={previewClass(image)} aria-label={t.label({ title })}>
      {image && (
        // The title beside it says everything. Its space is reserved before it loads.
        <img
          src={addressOf(image)}
          alt=""
          width={image.width}
          height={image.height}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      )}
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        tabIndex={tabIndex}
        dir="auto"
      >
        {title}
      </a>
      {description && <p dir="auto">{description}</p>}
      <small class="quiet">{URL.parse(url)?.host}</small>
      {(moderates || isOwn(message, me)) && (
        <IconButton icon="close" label={t.remove} tabIndex={tabIndex} onClick={remove} />
      )}
    </aside>
  );
}
