/**
 * The contract of the deferred views: their names and props. The views that open them and the views
 * themselves both import this file, and neither imports the other.
 *
 * @module
 */
import type { ComponentChildren, ComponentType } from "preact";
import type { Forwarded as Origin } from "../../../lib/chat/events/forwarded.ts";
import type { Poll } from "../../../lib/chat/events/poll.ts";
import type { FileInfo, Message, PendingInvitation } from "../../../lib/protocol/frames.ts";
import type { TableBlock } from "../../../lib/protocol/text/markdown/tree.ts";
import type { CommandStanding } from "../../state/bot_commands.ts";
import type { PageState, Pending, Upload } from "../../state/reducer.ts";
import type { Deletion } from "../../state/selection.ts";
import type { Everyone } from "../../../lib/protocol/text/mentions.ts";
import type { Composing, PersonRef, RoomState, Unstored } from "../../state/types.ts";
import type { messageOf, ThreadTarget } from "../composer/sending.ts";
import type { MessageOverlayProps, MessageProps } from "../log/message_props.ts";

/** The props of a view that reads the state. */
export interface StateProps {
  readonly state: PageState;
}

/** The props of a view of a room. */
export interface RoomStateProps extends StateProps {
  readonly room: RoomState;
}

/** The props of the beginning of the default room. */
export interface RoomWelcomeProps extends RoomStateProps {
  /** What every room begins with. */
  readonly children: ComponentChildren;
}

/** The props of a dialog or panel. */
export interface CloseProps {
  readonly onClose: () => void;
}

/** The props of a dialog or panel that reads the state. */
export interface StateDialogProps extends CloseProps {
  readonly state: PageState;
}

/** The props of a dialog about one room. */
export interface RoomDialogProps extends CloseProps {
  readonly room: RoomState;
}

/** The props of the panel with a thread: `seq` is its root. */
export interface ThreadProps extends StateDialogProps, RoomDialogProps {
  readonly seq: number;
}

/** The props of the dialog that sends a message later. */
export interface SendLaterProps extends StateDialogProps, RoomDialogProps {
  readonly draft: ReturnType<typeof messageOf>;
  /** Its files, all of them uploaded. */
  readonly uploads: readonly Upload[];
  /** Runs once the server has the message. */
  readonly onSent: () => void;
}

/** The props of a dialog that leads to a room. `onDone` runs after the user has chosen one. */
export interface CreateRoomProps extends CloseProps {
  readonly onDone: () => void;
}

/** The props of a dialog that lists rooms or users to go to. */
export interface GoToDialogProps extends StateDialogProps {
  readonly onDone: () => void;
}

/** A tab of the user's account. */
export type AccountTab =
  | "profile"
  | "later"
  | "keys"
  | "devices"
  | "appearance"
  | "notifications"
  | "blocked"
  | "account";

/** The props of the user's account. */
export interface YouProps extends StateDialogProps {
  /** The tab to begin with. */
  readonly tab: AccountTab;
  readonly onKeys: () => void;
  readonly onSignOut: () => void;
}

/** The props of the question before the user signs out. */
export interface SignOutProps extends StateDialogProps {
  /** Opens the tab of the account in which the user can add what keeps the account. */
  readonly onKeep: (tab: AccountTab) => void;
}

/** The props of a question that the user confirms or cancels. */
export interface ConfirmProps extends CloseProps {
  readonly title: string;
  readonly hint: string;
  /** The text that the question is about; it is shown as a quotation. */
  readonly about?: string;
  /** The label of the button that confirms. */
  readonly submit: string;
  /** Whether nothing is lost: the button is then not that of a danger. */
  readonly harmless?: true;
  /** Whether Enter confirms. */
  readonly focus?: boolean;
  /** Does it, and returns the answer if there is one to wait for. */
  readonly onConfirm: () => void | Promise<object>;
}

/** The props of the lines that say what was changed about a room. */
export interface RoomChangesProps {
  readonly room: RoomState;
  /** The places in its log between which the changes were made. */
  readonly after: number;
  readonly before: number;
}

/** The props of the button that loads more of a log: older messages, or newer ones. */
export interface LoadMoreProps {
  readonly room: RoomState;
  readonly newer?: boolean;
}

/** The props of what fetches the messages that others answer: `missing` are their `seq`s. */
export interface QuotesProps {
  readonly room: RoomState;
  readonly missing: readonly number[];
}

/** The props of the question before a message is deleted. */
export interface DeleteQuestionProps extends RoomDialogProps {
  readonly seq: number;
}

/** The props of where a forwarded message comes from. */
export interface ForwardedProps {
  readonly origin: Origin;
  readonly tabIndex: number;
}

/** The props of what listens to touches of the log. */
export interface TouchProps extends RoomStateProps {
  readonly openOver: MessageProps["openOver"];
}

/** The props of a poll. */
export interface PollProps extends MessageProps {
  readonly poll: Poll;
}

/** The props of the dialog that makes a poll. `onSend` receives it; it is then sent. */
export interface NewPollProps extends RoomDialogProps {
  readonly onSend: (poll: Poll) => void;
}

/** What can be opened over the composer; a word that calls many people opens the question about it. */
export type ComposerDialogName = "later" | "poll" | Everyone;

/** The props of the buttons in the composer for what it rarely sends. */
export interface ComposerToolsProps {
  /** Whether there is nothing in the composer. */
  readonly empty: boolean;
  readonly ready: boolean;
  readonly onOpen: (dialog: ComposerDialogName) => void;
}

/** The props of what is open over the composer. */
export interface ComposerDialogProps extends StateDialogProps, RoomDialogProps {
  readonly dialog: ComposerDialogName;
  readonly thread: ThreadTarget | undefined;
  readonly composing: Composing | undefined;
  readonly text: string;
  /** Sends the text in the composer. */
  readonly onSend: () => void;
  /** Runs once something was sent in place of it. */
  readonly onSent: () => void;
}

/** The props of what deletes messages. */
export interface DeletingProps extends RoomDialogProps {
  readonly state: PageState;
  readonly deletion: Deletion;
  readonly setDeletion: (deletion: Deletion | undefined) => void;
}

/** The props of the checkbox of a message. */
export interface PickProps extends Omit<DeletingProps, "onClose"> {
  readonly message: Message;
}

/** The props of the question before a message notifies many people. */
export interface EveryoneQuestionProps extends RoomDialogProps {
  /** The word that calls them. */
  readonly many: Everyone;
  /** Sends the message. */
  readonly onConfirm: () => void;
}

/** The props of a block of code. */
export interface CodeProps {
  readonly text: string;
  readonly language: string | undefined;
}

/** The props of what a screen reader says of a message beside its text. */
export type AboutMessageProps = Pick<MessageProps, "message" | "quoted" | "folded" | "edit">;

/** The props of what a draft has lost. */
export interface AboutUnsentProps {
  readonly entry: Pending;
}

/** The props of the reason why a draft was refused. */
export interface RefusedProps extends AboutUnsentProps {
  readonly room: RoomState;
}

/** The props of the files that are chosen for the next message of a room. */
export interface ChosenFilesProps extends StateProps {
  readonly room: RoomState;
  /** The root of the thread for whose next message they are. */
  readonly thread?: number | undefined;
}

/** The props of the files of an unacknowledged draft. */
export interface PendingFilesProps {
  readonly uploads: readonly Upload[];
}

/** The props of the warning that nothing is stored. */
export interface StorageWarningProps {
  readonly why: Unstored;
}

/** Suggests names for the text in a field. */
export interface Completer {
  /** Reads the text and the position of the cursor. */
  readonly update: (field: HTMLTextAreaElement) => void;
  /** @returns Whether the list has handled the key. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

/** The props of the list of suggested names. */
export interface CompletionProps {
  readonly state: PageState;
  readonly room: RoomState;
  readonly field: { readonly current: HTMLTextAreaElement | null };
  /** Whether the user has typed before the list was loaded. */
  readonly written: { readonly current: boolean };
  /** The list sets this while it is mounted. */
  readonly completer: { current: Completer | null };
  /** Receives the ARIA attributes with which the field refers to the list. */
  readonly onAria: (aria: Readonly<Record<string, string>>) => void;
}

/** The props of the hint about a command that was not sent. */
export interface CommandHintProps {
  readonly command: string;
  readonly standing: Exclude<CommandStanding, "offered">;
  /** Sends the text as a message. */
  readonly onSend: () => void;
}

/** The props of the emoji picker. */
export interface EmojiPickerProps extends CloseProps {
  /** The position of the button that opened the picker; the button may be gone by then. */
  readonly anchor: DOMRect;
  readonly onPick: (emoji: string) => void;
}

/** An image under a message. */
export type Picture = FileInfo & { readonly width: number; readonly height: number };

/** The props of a file under a message. */
export interface FileProps {
  readonly file: FileInfo;
  readonly tabIndex: number;
  /** Opens the viewer, if the file can be shown there. */
  readonly onOpen?: () => void;
}

/** The props of the button that records a voice message. */
export interface RecorderProps {
  readonly onRecorded: (file: File) => void;
}

/** The props of the viewer. */
export interface ViewerProps extends CloseProps {
  /** Images and videos. */
  readonly files: readonly FileInfo[];
  /** The texts of the messages with the files, in the same order; one alone is that of all. */
  readonly captions: readonly string[];
  /** The index of the file to show first. */
  readonly first: number;
}

/** The props of what the server has for the filter of the sidebar. */
export interface ElsewhereProps extends StateProps {
  readonly filter: string;
  readonly onGo: () => void;
}

/** The props of the people in the sidebar. */
export interface PeopleProps extends StateProps {
  readonly filter: string;
}

/** An entry of a list that may be long: a button, in one line. */
export interface ListRow {
  readonly key: string;
  /** What the browser finds of an entry that is not in the document. */
  readonly text: string;
  readonly isOpen?: boolean;
  readonly hasNews?: boolean;
  readonly view: () => ComponentChildren;
}

/** Some entries of a list: from one index up to, and without, another. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The props of a list that may be long. */
export interface LongListProps {
  readonly class: string;
  readonly rows: readonly ListRow[];
  /** How many entries the whole list has, if `rows` is a part of it; -1 if that is not known. */
  readonly size?: number;
  /** Called with the entries that are in view, and those around them, whenever that changes. */
  readonly onView?: (view: RowRange) => void;
}

/** The deferred views by name. `views/deferred.ts` exports each of them. */
export interface DeferredViews {
  readonly AboutMessage: ComponentType<AboutMessageProps>;
  readonly AboutUnsent: ComponentType<AboutUnsentProps>;
  readonly Background: ComponentType<StateProps>;
  readonly BrowseRooms: ComponentType<GoToDialogProps>;
  readonly Calls: ComponentType<{ readonly state: PageState; readonly room: RoomState }>;
  readonly ChosenFiles: ComponentType<ChosenFilesProps>;
  readonly Code: ComponentType<CodeProps>;
  readonly CommandHint: ComponentType<CommandHintProps>;
  readonly Completion: ComponentType<CompletionProps>;
  readonly ComposerDialog: ComponentType<ComposerDialogProps>;
  readonly ComposerTools: ComponentType<ComposerToolsProps>;
  readonly Confirm: ComponentType<ConfirmProps>;
  readonly CreateRoom: ComponentType<CreateRoomProps>;
  readonly OwnEmoji: ComponentType<{ readonly text: string }>;
  readonly Deleting: ComponentType<DeletingProps>;
  readonly PickBox: ComponentType<PickProps>;
  readonly DropTarget: ComponentType<RoomStateProps>;
  readonly Elsewhere: ComponentType<ElsewhereProps>;
  readonly EmojiPicker: ComponentType<EmojiPickerProps>;
  readonly FloatingDay: ComponentType<{ readonly room: RoomState }>;
  readonly FormatBar: ComponentType;
  readonly Forwarded: ComponentType<ForwardedProps>;
  readonly Invitations: ComponentType<{
    readonly invitations: readonly PendingInvitation[];
    readonly onDone: () => void;
  }>;
  readonly SignInReminder: ComponentType<{ readonly name: string; readonly onOpen: () => void }>;
  readonly LinkPreview: ComponentType<MessageProps>;
  readonly LongList: ComponentType<LongListProps>;
  readonly LevelDialog: ComponentType<StateDialogProps & RoomDialogProps>;
  readonly Manage: ComponentType<StateDialogProps>;
  readonly MessageOverlay: ComponentType<MessageOverlayProps>;
  readonly MediaFile: ComponentType<FileProps>;
  readonly Members: ComponentType<StateDialogProps & RoomDialogProps>;
  readonly Offers: ComponentType<StateProps>;
  readonly Parted: ComponentType<{ readonly state: PageState; readonly room: RoomState }>;
  readonly PendingFiles: ComponentType<PendingFilesProps>;
  readonly People: ComponentType<PeopleProps>;
  readonly PersonCard: ComponentType<{ readonly state: PageState; readonly who: PersonRef }>;
  readonly Poll: ComponentType<PollProps>;
  readonly Recorder: ComponentType<RecorderProps>;
  readonly PossibleRoom: ComponentType<{ readonly text: string }>;
  readonly QuietTag: ComponentType<{ readonly quiet: PageState["quiet"] }>;
  readonly Quotes: ComponentType<QuotesProps>;
  readonly Refused: ComponentType<RefusedProps>;
  readonly Replies: ComponentType<MessageProps>;
  readonly LoadMore: ComponentType<LoadMoreProps>;
  readonly RoomChanges: ComponentType<RoomChangesProps>;
  readonly RoomWelcome: ComponentType<RoomWelcomeProps>;
  readonly RoomSheet: ComponentType<StateDialogProps & RoomDialogProps>;
  readonly SearchPanel: ComponentType<StateDialogProps>;
  readonly ShortcutSheet: ComponentType<CloseProps>;
  readonly SignOut: ComponentType<SignOutProps>;
  readonly StartDirect: ComponentType<GoToDialogProps>;
  readonly Switcher: ComponentType<StateDialogProps>;
  readonly Table: ComponentType<TableBlock>;
  readonly Task: ComponentType<{ readonly done: boolean }>;
  readonly Thread: ComponentType<ThreadProps>;
  readonly ThreadList: ComponentType<StateDialogProps>;
  readonly ThreadsEntry: ComponentType<StateProps & { readonly onOpen: () => void }>;
  readonly Touch: ComponentType<TouchProps>;
  readonly Toolbar: ComponentType<MessageProps>;
  readonly UnreadBelow: ComponentType<StateProps>;
  readonly Viewer: ComponentType<ViewerProps>;
  readonly You: ComponentType<YouProps>;
}
