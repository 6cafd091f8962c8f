/**
 * The deferred views: dialogs, panels, and the views that the chat can be shown without. They are
 * loaded as one chunk after the chat.
 *
 * @module
 */
import "./shared/deferred_icons.ts";

export { Background } from "./background.tsx";
export { Calls } from "./log/calls.tsx";
export { ChosenFiles, PendingFiles } from "./composer/chosen_files.tsx";
export { Code } from "./log/code.tsx";
export { CommandHint } from "./composer/command_hint.tsx";
export { Completion } from "./composer/completion.tsx";
export { ComposerDialog, ComposerTools } from "./composer/tools.tsx";
export { Confirm } from "./dialogs/confirm.tsx";
export { BrowseRooms, CreateRoom, StartDirect } from "./dialogs/dialogs.tsx";
export { DropTarget } from "./composer/drop_target.tsx";
export { Elsewhere } from "./sidebar/elsewhere.tsx";
export { EmojiPicker } from "./composer/emoji_picker.tsx";
export { FloatingDay } from "./log/floating_day.tsx";
export { FormatBar } from "./composer/format_bar.tsx";
export { Forwarded } from "./log/forwarded.tsx";
export { Invitations } from "./dialogs/invitations.tsx";
export { SignInReminder } from "./dialogs/sign_in_reminder.tsx";
export { LoadMore } from "./log/load_more.tsx";
export { LongList } from "./shared/long_list.tsx";
export { LinkPreview } from "./log/link_preview.tsx";
export { LevelDialog } from "./dialogs/level.tsx";
export { Manage } from "./settings/manage.tsx";
export { MediaFile } from "./log/media.tsx";
export { MessageOverlay } from "./log/message_menu.tsx";
export { Members } from "./room/members.tsx";
export { Offers } from "./room/offers.tsx";
export { Parted } from "./room/parted.tsx";
export { People } from "./sidebar/people.tsx";
export { PersonCard } from "./dialogs/person.tsx";
export { Poll } from "./log/poll.tsx";
export { PossibleRoom } from "./log/possible_room.tsx";
export { QuietTag } from "./sidebar/quiet_tag.tsx";
export { Quotes } from "./log/quotes.tsx";
export { AboutMessage } from "./log/about_message.tsx";
export { AboutUnsent, Refused } from "./log/unsent.tsx";
export { Recorder } from "./composer/recorder.tsx";
export { RoomChanges } from "./log/room_changes.tsx";
export { RoomWelcome } from "./room/first_steps.tsx";
export { RoomSheet } from "./room/sheet.tsx";
export { SearchPanel } from "./room/search.tsx";
export { ShortcutSheet } from "./dialogs/shortcut_sheet.tsx";
export { SignOut } from "./settings/sign_out.tsx";
export { Table, Task } from "./log/table.tsx";
export { Switcher } from "./sidebar/switcher.tsx";
export { Deleting, PickBox } from "./log/selection.tsx";
export { Toolbar } from "./log/toolbar.tsx";
export { Touch } from "./log/touch.tsx";
export { OwnEmoji } from "./shared/own_emoji.tsx";
export { Replies, Thread } from "./room/thread.tsx";
export { ThreadList, ThreadsEntry } from "./room/thread_list.tsx";
export { UnreadBelow } from "./sidebar/unread_below.tsx";
export { Viewer } from "./log/viewer.tsx";
export { You } from "./settings/you.tsx";
