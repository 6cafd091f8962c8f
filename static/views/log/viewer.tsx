/** The image viewer. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { strings } from "../../strings/strings.ts";
import { addressOf } from "./files.tsx";
import { useBackCloses } from "../shared/back.ts";
import { Icon, IconButton } from "../shared/parts.tsx";
import type { Picture, ViewerProps } from "../shared/deferred_views.ts";

/** How far a finger moves to the side for the next image, in CSS pixels. */
const swipeMin = 48;

/** Shows images at the size of the window, one at a time; the browser closes it on Escape. */
export function Viewer({ pictures, captions, first, onClose }: ViewerProps) {
  const [at, setAt] = useState(first);
  const dialog = useRef<HTMLDialogElement>(null);
  const open = useRef(true);
  /** Where a finger or the mouse was pressed. */
  const swipe = useRef<number | undefined>(undefined);
  useBackCloses(true, onClose);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      open.current = false;
      // Restores the focus to the thumbnail in the log.
      dialog.current?.close();
    };
  }, []);
  useNeighbours(pictures, at);
  const picture = pictures[at];
  if (picture === undefined) return null;
  const t = strings.files;
  const caption = captions[at] ?? captions[0] ?? "";
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
        // Keys pressed here are not for the log beneath.
        event.stopPropagation();
        if (event.key === "ArrowLeft") move(-1);
        if (event.key === "ArrowRight") move(1);
      }}
    >
      <header>
        <bdi>{picture.name}</bdi>
        {pictures.length > 1 && (
          <small>{t.position({ position: at + 1, total: pictures.length })}</small>
        )}
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
        draggable={false}
        onPointerDown={({ clientX, isPrimary }) => {
          swipe.current = isPrimary ? clientX : undefined;
        }}
        onPointerUp={({ clientX }) => {
          const way = clientX - (swipe.current ?? clientX);
          swipe.current = undefined;
          if (Math.abs(way) > swipeMin) move(way < 0 ? 1 : -1);
        }}
      />
      {caption !== "" && <p class="caption" dir="auto">{wordsOf(caption)}</p>}
      {at > 0 && (
        <IconButton
          icon="left"
          label={deferredStrings.viewer.previous}
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

/** Preloads the images before and after. */
function useNeighbours(pictures: readonly Picture[], at: number): void {
  useEffect(() => {
    for (const picture of [pictures[at - 1], pictures[at + 1]]) {
      if (picture !== undefined) new Image().src = addressOf(picture);
    }
  }, [at]);
}
