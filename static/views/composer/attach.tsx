/** Attaching files to a message by button or paste; and the chosen files. */
import { useRef } from "preact/hooks";
import { composingIn, trayOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import type { ChosenFilesProps } from "../shared/deferred_views.ts";
import { buttonGap, idle, soon } from "../shared/lazy.tsx";
import { IconButton } from "../shared/parts.tsx";

const ChosenFiles = soon("ChosenFiles");
const Recorder = idle(
  "Recorder",
  () => globalThis.navigator?.mediaDevices && buttonGap,
);

/** Whether files can be attached to the message that is being written in a room. */
export function takesFiles(state: PageState, room: RoomState, thread?: number): boolean {
  return state.limits.file_bytes > 0 && composingIn(room, thread)?.mode !== "edit";
}

/**
 * Returns a function that attaches files to the next message of a room or thread; files beyond the limit are
 * refused with a notice.
 */
export function useAttach(
  state: PageState,
  room: RoomState,
  thread?: number,
): (files: readonly File[]) => void {
  const { attach, dispatch } = useActions();
  return (files) => {
    if (!takesFiles(state, room, thread)) return;
    const most = state.limits.files_per_message;
    const left = most - trayOf(state, room, thread).length;
    if (files.length > left) {
      dispatch({ type: "show_news", news: strings.files.tooMany({ count: most }) });
    }
    attach(room.key, files.slice(0, Math.max(left, 0)), thread);
  };
}

/**
 * Takes the files from a paste. A paste with other text is pasted as text: file managers give the names
 * or paths of the files as text.
 */
export function pastedFiles(event: ClipboardEvent): readonly File[] {
  const data = event.clipboardData;
  const files = [...data?.files ?? []];
  const lines = data?.getData("text/plain").trim().split(/\s*\n/) ?? [];
  if (!lines.every((line) => line === "" || files.some(({ name }) => line.endsWith(name)))) {
    return [];
  }
  if (files.length > 0) event.preventDefault();
  return files;
}

/** The button that opens the file picker. */
export function AttachButton({ state, room, thread }: ChosenFilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const attach = useAttach(state, room, thread);
  if (!takesFiles(state, room, thread)) return null;
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          attach([...event.currentTarget.files ?? []]);
          // Allows the same file to be chosen again.
          event.currentTarget.value = "";
        }}
      />
      <IconButton
        icon="clip"
        label={strings.files.attach}
        onClick={() => input.current?.click()}
      />
      <Recorder onRecorded={(file) => attach([file])} />
    </>
  );
}

/** The chosen files that are not sent yet. */
export function Tray(props: ChosenFilesProps) {
  const { state, room, thread } = props;
  if (trayOf(state, room, thread).length === 0 || !takesFiles(state, room, thread)) return null;
  return <ChosenFiles {...props} />;
}
