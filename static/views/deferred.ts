/**
 * The deferred views: dialogs, panels, and the views that the chat can be shown without. They are
 * loaded as one chunk after the chat.
 *
 * @module
 */
export { Calls } from "./log/calls.tsx";
export { CommandHint } from "./composer/command_hint.tsx";
export { Completion } from "./composer/completion.tsx";
export { Confirm } from "./dialogs/confirm.tsx";
export { BrowseRooms, CreateRoom, Invite, StartDirect } from "./dialogs/dialogs.tsx";
export { EmojiPicker } from "./composer/emoji_picker.tsx";
export { Invitations } from "./dialogs/invitations.tsx";
export { SignInReminder } from "./dialogs/sign_in_reminder.tsx";
export { LevelDialog } from "./dialogs/level.tsx";
export { Manage } from "./settings/manage.tsx";
export { Members } from "./room/members.tsx";
export { Parted } from "./room/parted.tsx";
export { Pins } from "./room/pins.tsx";
export { PersonCard } from "./dialogs/person.tsx";
export { Rules } from "./dialogs/rules.tsx";
export { SearchPanel } from "./room/search.tsx";
export { ShortcutSheet } from "./dialogs/shortcut_sheet.tsx";
export { Switcher } from "./sidebar/switcher.tsx";
export { Viewer } from "./log/viewer.tsx";
export { You } from "./settings/you.tsx";
