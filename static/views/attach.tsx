/** Choosing files for a message: by a button, by pasting, by dropping; and what was chosen. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sizeOf, titleOf } from "../format.ts";
import { hushOf, trayOf } from "../select.ts";
import type { State, Upload } from "../state.ts";
import type { Room } from "../state/types.ts";
import { strings } from "../strings.ts";
import { useActions } from "./context.ts";
import { sizeInLog } from "./files.tsx";
import { Icon, IconButton } from "./parts.tsx";

/** Whether files can be put under a message that is written in a room now. */
function takesFiles(state: State, room: Room): boolean {
  return state.limits.file_bytes > 0 && room.composing?.mode !== "edit";
}

/** A way to put files into the composer of a room; what is too many is said. */
export function useAttach(state: State, room: Room): (files: readonly File[]) => void {
  const { attach, dispatch } = useActions();
  return (files) => {
    if (!takesFiles(state, room)) return;
    const most = state.limits.files_per_message;
    const left = most - trayOf(state, room).length;
    if (files.length > left) dispatch({ type: "tell", news: strings.files.tooMany(most) });
    attach(room.name, files.slice(0, Math.max(left, 0)));
  };
}

/** Takes the files out of what is pasted. What has text as well is pasted as that. */
export function pastedFiles(event: ClipboardEvent): readonly File[] {
  const data = event.clipboardData;
  if (data === null || data.types.includes("text/plain")) return [];
  const files = [...data.files];
  if (files.length > 0) event.preventDefault();
  return files;
}

/** Opens the picker. */
export function AttachButton({ state, room }: { state: State; room: Room }) {
  const input = useRef<HTMLInputElement>(null);
  const attach = useAttach(state, room);
  if (!takesFiles(state, room)) return null;
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          attach([...event.currentTarget.files ?? []]);
          // The same file can be chosen again.
          event.currentTarget.value = "";
        }}
      />
      <IconButton
        icon="clip"
        label={strings.files.attach}
        onClick={() => input.current?.click()}
      />
    </>
  );
}

/** What was chosen and not sent yet. */
export function Tray({ state, room }: { state: State; room: Room }) {
  const uploads = trayOf(state, room);
  if (uploads.length === 0 || !takesFiles(state, room)) return null;
  return (
    <ul class="tray" aria-label={strings.files.tray}>
      {uploads.map((upload) => (
        <Chosen key={upload.id} upload={upload} fits={upload.size <= state.limits.file_bytes} />
      ))}
    </ul>
  );
}

function Chosen({ upload, fits }: { upload: Upload; fits: boolean }) {
  const { dispatch } = useActions();
  const { id, name, preview, status } = upload;
  return (
    <li class={`chosen ${status}`}>
      {preview === undefined ? <Icon name="file" /> : <img src={preview} alt="" />}
      <span class="chosen-what">
        <bdi>{name}</bdi>
        <small role={status === "refused" ? "alert" : undefined}>
          <Progress upload={upload} />
        </small>
      </span>
      {status === "refused" && fits && (
        <IconButton
          icon="retry"
          label={strings.log.tryAgain}
          onClick={() => dispatch({ type: "retry_upload", id })}
        />
      )}
      <IconButton
        icon="close"
        label={strings.files.remove(name)}
        onClick={() => dispatch({ type: "detach", id })}
      />
    </li>
  );
}

/** How far a file has come. */
function Progress({ upload: { status, progress, reason, size, name } }: { upload: Upload }) {
  const t = strings.files;
  if (status === "refused") return <>{reason}</>;
  if (status === "done") return <>{sizeOf(size)}</>;
  if (status === "waiting") return <>{t.waiting}</>;
  return (
    <>
      <progress value={progress} aria-label={name} />
      {t.sending(Math.floor(progress * 100))}
    </>
  );
}

/** The files of a draft on its way, in the place that they will have. */
export function PendingFiles({ uploads }: { uploads: readonly Upload[] }) {
  if (uploads.length === 0) return null;
  const pictures = uploads.filter((upload) => upload.preview !== undefined);
  const others = uploads.filter((upload) => upload.preview === undefined);
  return (
    <div class="files">
      {pictures.length > 0 && (
        <div class="pictures">
          {pictures.map((upload) => <PendingPicture key={upload.id} upload={upload} />)}
        </div>
      )}
      {others.map((upload) => (
        <span key={upload.id} class="file-row">
          <Icon name="file" />
          <span class="file-what">
            <bdi>{upload.name}</bdi>
            <small>
              <Progress upload={upload} />
            </small>
          </span>
        </span>
      ))}
    </div>
  );
}

function PendingPicture({ upload }: { upload: Upload }) {
  const { preview, name, width = 1, height = 1, status } = upload;
  return (
    <span class="picture pending">
      <img src={preview} alt={name} {...sizeInLog({ width, height })} />
      {status !== "done" && (
        <small>
          <Progress upload={upload} />
        </small>
      )}
    </span>
  );
}

/** Says, while files are dragged over the page, that they can be dropped, and takes them. */
export function DropTarget({ state, room }: { state: State; room: Room }): JSX.Element | null {
  const [over, setOver] = useState(false);
  const attach = useAttach(state, room);
  const open = takesFiles(state, room) && hushOf(state, room, Date.now()) === undefined;
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      // A file that misses its target must not replace the page.
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
        {strings.files.drop(titleOf(room.name))}
      </p>
    </div>
  );
}
