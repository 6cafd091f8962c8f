/** The files of a message: images as thumbnails, other files as rows. */
import { useState } from "preact/hooks";
import type { PreviewImage } from "../../../lib/chat/events/preview.ts";
import type { FileInfo } from "../../../lib/protocol/frames.ts";
import { sizeOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import type { FileProps, Picture } from "../shared/deferred_views.ts";
import { lazy, soon } from "../shared/lazy.tsx";
import { Icon } from "../shared/parts.tsx";

const Viewer = lazy("Viewer");
const MediaFile = soon("MediaFile", FileRow);

/** The maximum size of a thumbnail, in CSS pixels. */
const widthMax = 420;
const heightMax = 320;

/** Whether a file is an image. */
export function isPicture(file: FileInfo): file is Picture {
  return file.width !== undefined && file.height !== undefined;
}

/** Whether the viewer shows a file: an image or a video. */
export function isViewed(file: FileInfo): boolean {
  return isPicture(file) || file.type.startsWith("video/");
}

/** Whether a file is played or opened in place. */
const media = /^(audio|video)|pdf$/;

/** A picture at least so wide and so much wider than high is shown above the texts, in pixels. */
const wide = { width: 300, ratio: 1.2 } as const;

/** The class of a link's preview, of which its height follows. */
export function previewClass(image: PreviewImage | undefined): string {
  const isWide = image && image.width >= wide.width && image.width >= image.height * wide.ratio;
  return `link-preview ${isWide ? "pictured" : ""}`;
}

/** Returns the address of a file's content. */
export function addressOf({ id }: Pick<FileInfo, "id">): string {
  return `/api/files/${id}`;
}

/** Returns the address of an image's thumbnail, or of the image itself if it has none. */
export function thumbnailOf(file: FileInfo): string {
  return addressOf(file) + (file.thumbnail ? "/thumbnail" : "");
}

/**
 * The files of a message.
 *
 * @param tabIndex Whether Tab stops at the files: only in the active message.
 * @param caption The text of the message.
 */
export function MessageFiles({ files, tabIndex, caption }: {
  files: readonly FileInfo[];
  tabIndex: number;
  caption: string;
}) {
  const [shown, show] = useState<FileInfo>();
  const pictures = files.filter(isPicture);
  const viewed = files.filter(isViewed);
  const others = files.filter((file) => !isPicture(file));
  return (
    <div class="files">
      {pictures.length > 0 && (
        <div class="pictures">
          {pictures.map((picture) => (
            <Thumbnail
              key={picture.id}
              picture={picture}
              tabIndex={tabIndex}
              onOpen={() => show(picture)}
            />
          ))}
        </div>
      )}
      {others.map((file) => {
        const View = media.test(file.type) ? MediaFile : FileRow;
        return <View key={file.id} file={file} tabIndex={tabIndex} onOpen={() => show(file)} />;
      })}
      {shown && (
        <Viewer
          files={viewed}
          captions={[caption]}
          first={viewed.indexOf(shown)}
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
export function Thumbnail(props: { picture: Picture; tabIndex: number; onOpen: () => void }) {
  const { picture, tabIndex, onOpen } = props;
  const [gone, setGone] = useState(false);
  const { name } = picture;
  if (gone) return <p class="file-gone quiet">{strings.files.gone}</p>;
  return (
    <button
      type="button"
      class="picture"
      tabIndex={tabIndex}
      onClick={onOpen}
    >
      <img
        src={thumbnailOf(picture)}
        alt={name}
        title={strings.files.open({ name })}
        {...sizeInLog(picture)}
        loading="lazy"
        decoding="async"
        onError={() => setGone(true)}
      />
    </button>
  );
}

/** A file to download. */
export function FileRow({ file, tabIndex }: FileProps) {
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
