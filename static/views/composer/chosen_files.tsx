/** Files that are being uploaded. */
import { sizeOf } from "../../strings/format.ts";
import { trayOf } from "../../state/selectors.ts";
import type { Upload } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { ChosenFilesProps, PendingFilesProps } from "../shared/deferred_views.ts";
import { sizeInLog } from "../log/files.tsx";
import { Icon, IconButton } from "../shared/parts.tsx";

/** The chosen files that are not sent yet. */
export function ChosenFiles({ state, room, thread }: ChosenFilesProps) {
  return (
    <ul class="tray" aria-label={deferredStrings.files.tray}>
      {trayOf(state, room, thread).map((upload) => (
        <Chosen
          key={upload.id}
          upload={upload}
          fits={upload.size <= state.limits.file_bytes && !room.parted}
        />
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
          label={deferredStrings.log.tryAgain}
          onClick={() => dispatch({ type: "retry_upload", id })}
        />
      )}
      <IconButton
        icon="close"
        label={deferredStrings.files.remove({ name })}
        onClick={() => dispatch({ type: "detach", id })}
      />
    </li>
  );
}

/** The progress of an upload. */
function Progress({ upload: { status, progress, reason, size, name } }: { upload: Upload }) {
  const t = deferredStrings.files;
  if (status === "refused") return <>{reason}</>;
  if (status === "done") return <>{sizeOf(size)}</>;
  if (status === "waiting") return <>{t.waiting}</>;
  return (
    <>
      <progress value={progress} aria-label={name} />
      {t.sending({ percent: Math.floor(progress * 100) })}
    </>
  );
}

/** The files of an unacknowledged draft, in the place that they will have. */
export function PendingFiles({ uploads }: PendingFilesProps) {
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
