/** Pictures, large. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { strings } from "../strings.ts";
import { addressOf, type Picture } from "./files.tsx";
import { Icon, IconButton } from "./parts.tsx";

/** Pictures as large as they fit, one at a time; the browser closes it on Escape. */
export function Viewer(
  props: { pictures: readonly Picture[]; first: number; onClose: () => void },
) {
  const { pictures, first, onClose } = props;
  const [at, setAt] = useState(first);
  const dialog = useRef<HTMLDialogElement>(null);
  const open = useRef(true);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      open.current = false;
      // Gives the focus back to the picture in the log.
      dialog.current?.close();
    };
  }, []);
  useNeighbours(pictures, at);
  const picture = pictures[at];
  if (picture === undefined) return null;
  const t = strings.files;
  const move = (step: number) => setAt(Math.min(Math.max(at + step, 0), pictures.length - 1));
  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-label={picture.name}
      onClose={() => open.current && onClose()}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => {
        // What is pressed here is not for the log beneath.
        event.stopPropagation();
        if (event.key === "ArrowLeft") move(-1);
        if (event.key === "ArrowRight") move(1);
      }}
    >
      <header>
        <bdi>{picture.name}</bdi>
        {pictures.length > 1 && <small>{t.count(at + 1, pictures.length)}</small>}
        <a class="icon-button" href={addressOf(picture)} download={picture.name} title={t.download}>
          <Icon name="download" />
          <span class="sr-only">{t.download}</span>
        </a>
        <IconButton icon="close" label={strings.close} onClick={onClose} />
      </header>
      <img
        key={picture.id}
        src={addressOf(picture)}
        alt={picture.name}
        width={picture.width}
        height={picture.height}
      />
      {at > 0 && (
        <IconButton
          icon="left"
          label={t.previous}
          class="previous"
          onClick={() => move(-1)}
        />
      )}
      {at < pictures.length - 1 && (
        <IconButton
          icon="right"
          label={t.next}
          class="next"
          onClick={() => move(1)}
        />
      )}
    </dialog>
  );
}

/** Fetches what is likely to be looked at next. */
function useNeighbours(pictures: readonly Picture[], at: number): void {
  useEffect(() => {
    for (const picture of [pictures[at - 1], pictures[at + 1]]) {
      if (picture !== undefined) new Image().src = addressOf(picture);
    }
  }, [at]);
}
