/** The files under a message: pictures as such, in the room that they need, and others as rows. */
import { useState } from "preact/hooks";
import type { FileInfo } from "../../lib/protocol.ts";
import { sizeOf } from "../format.ts";
import { strings } from "../strings.ts";
import { lazy } from "./lazy.tsx";
import { Icon } from "./parts.tsx";

const Viewer = lazy((views) => views.Viewer);

/** How large a picture is in a log at most, in CSS pixels. */
const widthMax = 420;
const heightMax = 320;

/** A picture under a message. */
export type Picture = FileInfo & { readonly width: number; readonly height: number };

function isPicture(file: FileInfo): file is Picture {
  return file.width !== undefined && file.height !== undefined;
}

/** The address of a file's bytes. */
export function addressOf({ id }: FileInfo): string {
  return `/api/files/${id}`;
}

/**
 * The files of a message.
 *
 * @param tabIndex Whether one comes to them with Tab: in the message that one has gone to.
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

/** The size that a picture has in a log, in CSS pixels. */
export function sizeInLog({ width, height }: { readonly width: number; readonly height: number }) {
  const scale = Math.min(1, widthMax / width, heightMax / height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** A picture in the log. Its place is there before it is, so that nothing moves when it comes. */
function Thumbnail(props: { picture: Picture; tabIndex: number; onOpen: () => void }) {
  const { picture, tabIndex, onOpen } = props;
  const [gone, setGone] = useState(false);
  const { name } = picture;
  if (gone) return <p class="file-gone quiet">{strings.files.gone}</p>;
  return (
    <button
      type="button"
      class="picture"
      title={strings.files.open(name)}
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
