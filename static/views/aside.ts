/**
 * What is opened beside the chat, and what of the chat can wait. It is loaded as one, when the
 * chat is there.
 *
 * @module
 */
export { Completion } from "./completion.tsx";
export { Confirm } from "./confirm.tsx";
export { BrowseRooms, CreateRoom, Invite, StartDirect } from "./dialogs.tsx";
export { EmojiPicker } from "./emoji_picker.tsx";
export { KeepName } from "./keep_name.tsx";
export { LevelDialog } from "./level.tsx";
export { Manage } from "./manage.tsx";
export { Members } from "./members.tsx";
export { PersonCard } from "./person.tsx";
export { Rules } from "./rules.tsx";
export { SearchPanel } from "./search.tsx";
export { ShortcutSheet } from "./shortcut_sheet.tsx";
export { Switcher } from "./switcher.tsx";
export { Viewer } from "./viewer.tsx";
export { You } from "./you.tsx";
