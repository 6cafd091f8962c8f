/** The viewer of images and videos. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { strings } from "../../strings/strings.ts";
import { addressOf, isPicture, thumbnailOf } from "./files.tsx";
import { playAlone } from "./media.tsx";
import { useBackCloses } from "../shared/back.ts";
import { Icon, IconButton } from "../shared/parts.tsx";
import type { FileInfo } from "../../../lib/protocol/frames.ts";
import type { ViewerProps } from "../shared/deferred_views.ts";

/** How far a finger moves to the side for the next file, in CSS pixels. */
const swipeMin = 48;

/** The height of the controls at the lower end of a video, where a finger moves the time. */
const controlsHeight = 72;

/** Shows images and videos at the size of the window, one at a time; the browser closes it on Escape. */
export function Viewer({ files, captions, first, onClose }: ViewerProps) {
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
  useNeighbours(files, at);
  const file = files[at];
  if (file === undefined) return null;
  const t = deferredStrings.viewer;
  const { download } = strings.files;
  const caption = captions[at] ?? captions[0] ?? "";
  const move = (step: number) => setAt(Math.min(Math.max(at + step, 0), files.length - 1));
  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-label={file.name}
      onClose={() => open.current && onClose()}
      onKeyDown={(event) => {
        // Keys pressed here are not for the log beneath.
        event.stopPropagation();
        // In a video, the arrows move the time.
        if (event.target instanceof HTMLVideoElement) return;
        if (event.key === "ArrowLeft") move(-1);
        if (event.key === "ArrowRight") move(1);
      }}
    >
      <header>
        <bdi>{file.name}</bdi>
        {files.length > 1 && (
          <small role="status">{t.position({ position: at + 1, total: files.length })}</small>
        )}
        <a class="icon-button" href={addressOf(file)} download={file.name} title={download}>
          <Icon name="download" />
          <span class="sr-only">{download}</span>
        </a>
        <IconButton icon="close" label={strings.close} onClick={onClose} />
      </header>
      <div
        class="viewed"
        onPointerDown={({ clientX, clientY, isPrimary, currentTarget }) => {
          const controls = isPicture(file) ? 0 : controlsHeight;
          const isAbove = clientY < currentTarget.getBoundingClientRect().bottom - controls;
          swipe.current = isPrimary && isAbove ? clientX : undefined;
        }}
        onPointerUp={({ clientX }) => {
          const way = clientX - (swipe.current ?? clientX);
          swipe.current = undefined;
          if (Math.abs(way) > swipeMin) move(way < 0 ? 1 : -1);
        }}
        onClick={(event) => event.target === event.currentTarget && onClose()}
      >
        {isPicture(file)
          ? (
            <img
              key={file.id}
              src={addressOf(file)}
              alt={file.name}
              width={file.width}
              height={file.height}
              draggable={false}
            />
          )
          : <ViewedVideo key={file.id} file={file} />}
      </div>
      {caption !== "" && <p class="caption" dir="auto">{wordsOf(caption)}</p>}
      {at > 0 && (
        <IconButton
          icon="left"
          label={t.previous}
          class="previous"
          onClick={() => move(-1)}
        />
      )}
      {at < files.length - 1 && (
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

/** A video, which plays at once: the user has asked for it. */
function ViewedVideo({ file }: { file: FileInfo }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <p role="status">{deferredStrings.media.broken}</p>;
  return (
    <video
      controls
      autoplay
      playsInline
      src={addressOf(file)}
      {...(file.thumbnail ? { poster: thumbnailOf(file) } : {})}
      aria-label={file.name}
      onPlay={({ currentTarget }) => playAlone(currentTarget)}
      onError={() => setBroken(true)}
    />
  );
}

/** Preloads the images before and after, and of videos only the thumbnails. */
function useNeighbours(files: readonly FileInfo[], at: number): void {
  useEffect(() => {
    for (const file of [files[at - 1], files[at + 1]]) {
      if (file === undefined) continue;
      if (isPicture(file)) new Image().src = addressOf(file);
      else if (file.thumbnail) new Image().src = thumbnailOf(file);
    }
  }, [at]);
}
