/** The files of a room. */
import { useEffect, useState } from "preact/hooks";
import type { Message } from "../../../lib/protocol/frames.ts";
import { whenOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import type { PageState, RoomState } from "../../state/types.ts";
import { FileRow, isPicture, isViewed, Thumbnail } from "../log/files.tsx";
import { MediaFile, VideoThumbnail } from "../log/media.tsx";
import { Viewer } from "../log/viewer.tsx";
import { useActions } from "../shared/context.ts";
import { List } from "../shared/list.tsx";
import { Segments } from "../shared/segments.tsx";

type ListedKind = "media" | "other";

interface FileListProps {
  readonly state: PageState;
  readonly room: RoomState;
  readonly onGo: () => void;
}

/** The list: images and videos, or the rest; the newest first, in pages. */
export function FileList(props: FileListProps) {
  const [kind, setKind] = useState<ListedKind>("media");
  const t = deferredStrings.roomFiles;
  return (
    <>
      <fieldset class="kinds">
        <legend class="sr-only">{deferredStrings.sheet.tabs.files}</legend>
        <Segments
          options={[["media", t.media], ["other", t.files]] as const}
          value={kind}
          onChange={setKind}
        />
      </fieldset>
      <FilesOfKind key={kind} kind={kind} {...props} />
    </>
  );
}

function FilesOfKind({ state, room, onGo, kind }: FileListProps & { kind: ListedKind }) {
  const { dispatch } = useActions();
  const { messages, more } = useFiles(state, room, kind);
  const t = deferredStrings.roomFiles;
  const ask = (before?: number) => {
    const from = before === undefined ? {} : { before };
    dispatch({ type: "order", order: { type: "list_files", room_id: room.key, kind, ...from } });
  };
  useEffect(() => ask(), [room.key, state.ready]);
  if (messages === undefined) return <p class="quiet">{strings.loading}</p>;
  if (messages.length === 0) return <p class="quiet">{t.none}</p>;
  const go = (seq: number) => {
    onGo();
    dispatch({ type: "jump", room: room.key, seq });
  };
  return (
    <>
      {kind === "media"
        ? <Pictures messages={messages} />
        : <OtherFiles messages={messages} onGo={go} />}
      {more && (
        <button type="button" class="more" onClick={() => ask(messages.at(-1)?.seq)}>
          {t.more}
        </button>
      )}
    </>
  );
}

/** Collects the pages that the server has sent for a list, newest message first. */
function useFiles(state: PageState, room: RoomState, kind: ListedKind) {
  const [found, setFound] = useState<{ messages: readonly Message[]; more: boolean }>();
  const { files } = state.lists;
  useEffect(() => {
    if (files?.room_id !== room.key || files.kind !== kind) return;
    const page = files.messages.toReversed();
    setFound((before) => {
      const first = page[0]?.seq ?? 0;
      const newer = before?.messages.filter(({ seq }) => seq > first) ?? [];
      return { messages: [...newer, ...page], more: files.more };
    });
  }, [files]);
  // A message that was deleted meanwhile has no files.
  const gone = new Set(room.messages.filter((one) => one.deleted).map(({ seq }) => seq));
  return { more: found?.more, messages: found?.messages.filter(({ seq }) => !gone.has(seq)) };
}

function Pictures({ messages }: { messages: readonly Message[] }) {
  const [shown, show] = useState<number>();
  const seen = messages.flatMap(({ files = [], message }) =>
    files.filter(isViewed).map((file) => ({ file, caption: message }))
  );
  return (
    <>
      <List class="room-pictures">
        {seen.map(({ file }, n) => (
          <li key={file.id}>
            {isPicture(file)
              ? <Thumbnail picture={file} tabIndex={0} onOpen={() => show(n)} />
              : <VideoThumbnail file={file} tabIndex={0} onOpen={() => show(n)} />}
          </li>
        ))}
      </List>
      {shown !== undefined && (
        <Viewer
          files={seen.map(({ file }) => file)}
          captions={seen.map(({ caption }) => caption)}
          first={shown}
          onClose={() => show(undefined)}
        />
      )}
    </>
  );
}

function OtherFiles({ messages, onGo }: {
  messages: readonly Message[];
  onGo: (seq: number) => void;
}) {
  const t = deferredStrings.roomFiles;
  const now = Date.now();
  const isOther = /^(?!image\/|video\/)/;
  return (
    <List class="room-files">
      {messages.map(({ seq, sender, at, files = [] }) => (
        <li key={seq}>
          {files.filter(({ type }) => isOther.test(type)).map((file) =>
            /^audio|pdf$/.test(file.type)
              ? <MediaFile key={file.id} file={file} tabIndex={0} />
              : <FileRow key={file.id} file={file} tabIndex={0} />
          )}
          <small class="from">
            <button
              type="button"
              class="link"
              title={t.goTo({ name: sender })}
              onClick={() => onGo(seq)}
            >
              <bdi>{sender}</bdi>, {whenOf(at, now)}
            </button>
          </small>
        </li>
      ))}
    </List>
  );
}
