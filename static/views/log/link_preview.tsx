/** What a link in a message leads to, as the server has found it: a card under the message. */
import { useState } from "preact/hooks";
import type { PreviewImage } from "../../../lib/chat/events/preview.ts";
import { isOwn } from "../../state/room.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { newKey } from "../../util/uuid.ts";
import { useActions } from "../shared/context.ts";
import { IconButton } from "../shared/parts.tsx";
import { addressOf } from "./files.tsx";
import type { MessageProps } from "./message_props.ts";

/** A picture at least so wide and so much wider than high is shown above the texts, in pixels. */
const wide = { width: 300, ratio: 1.2 } as const;

/** The preview of a message's link; the author and moderators can remove it. */
export function LinkPreview({ message, room, epoch, me, active, moderates }: MessageProps) {
  const { dispatch } = useActions();
  const { preview, seq } = message;
  const t = deferredStrings.linkPreview;
  if (!preview) return null;
  const { url, title, description, image } = preview;
  const tabIndex = active ? 0 : -1;
  const remove = () => {
    const log = epoch === undefined ? {} : { epoch };
    const order = { type: "remove_preview", room_id: room, seq, key: newKey(), ...log } as const;
    dispatch({ type: "order", order });
  };
  return (
    <aside
      class={`link-preview ${image && isWide(image) ? "pictured" : ""}`}
      aria-label={t.label({ title })}
    >
      {image && <Picture image={image} />}
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

function isWide({ width, height }: PreviewImage): boolean {
  return width >= wide.width && width >= height * wide.ratio;
}

/** The picture, beside which the title says everything. Its space is reserved before it loads. */
function Picture({ image }: { readonly image: PreviewImage }) {
  const [gone, setGone] = useState(false);
  if (gone) return null;
  const { width, height } = image;
  return (
    <img
      src={addressOf(image)}
      alt=""
      width={width}
      height={height}
      loading="lazy"
      decoding="async"
      onError={() => setGone(true)}
    />
  );
}
