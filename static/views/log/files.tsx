/** The files of a message: images as thumbnails, other files as rows. */
import { useState } from "preact/hooks";
import type { FileInfo } from "../../../lib/protocol/frames.ts";
import { sizeOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import type { Picture } from "../shared/deferred_views.ts";
import { lazy } from "../shared/lazy.tsx";
import { Icon } from "../shared/parts.tsx";

const Viewer = lazy((views) => views.Viewer);

/** The maximum size of a thumbnail, in CSS pixels. */
const widthMax = 420;
const heightMax = 320;

function isPicture(file: FileInfo): file is Picture {
  return file.width !== undefined && file.height !== undefined;
}

/** Returns the address of a file's content. */
export function addressOf({ id }: Pick<FileInfo, "id">): string {
  return `/api/files/${id}`;
}

/**
 * The files of a message.
 *
 * @param tabIndex Whether Tab stops at the files: only in the active message.
 */
export function MessageFiles(
  { files, tabIndex }: { files: readonly FileInfo[]; tabIndex: number },
) {
  const [shown, show] = useState<number>();
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  return (
    <div class="files">
      {pictures.length > 0 && (
        <div class="pictures">
          {pictures.map((picture, n) => (
            <Thumbnail
              key={picture.id}
              picture={picture}
              tabIndex={tabIndex}
              onOpen={() => show(n)}
            />
          ))}
        </div>
      )}
      {others.map((file) => <FileRow key={file.id} file={file} tabIndex={tabIndex} />)}
      {shown !== undefined && (
        <Viewer
          pictures={pictures}
          first={shown}
          onClose={() => show(undefined)}
        />
      )}
    </div>
  );
}

/** Returns the size of a thumbnail, in CSS pixels. */
export function sizeInLog({ width, height }: { readonly width: number; readonly height: number }) {
  const scale = Math.min(1, widthMax / width, heightMax / height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** A thumbnail. Its space is reserved before it loads, so that nothing moves when it does. */
function Thumbnail(props: { picture: Picture; tabIndex: number; onOpen: () => void }) {
  const { picture, tabIndex, onOpen } = props;
  const [gone, setGone] = useState(false);
  const { name } = picture;
  if (gone) return <p class="file-gone quiet">{strings.files.gone}</p>;
  return (
    <button
      type="button"
      class="picture"
      title={strings.files.open({ name })}
      tabIndex={tabIndex}
      onClick={onOpen}
    >
      <img
        src={addressOf(picture)}
        alt={name}
        {...sizeInLog(picture)}
        loading="lazy"
        decoding="async"
        onError={() => setGone(true)}
      />
    </button>
  );
}

function FileRow({ file, tabIndex }: { file: FileInfo; tabIndex: number }) {
  return (
    <a class="file-row" href={addressOf(file)} download={file.name} tabIndex={tabIndex}>
      <Icon name="file" />
      <span class="file-what">
        <bdi>{file.name}</bdi>
        <small>{sizeOf(file.size)}</small>
      </span>
      <Icon name="download" />
      <span class="sr-only">{strings.files.download}</span>
    </a>
  );
}
