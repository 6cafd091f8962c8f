/**
 * What is said: the log, the composer, search.
 *
 * @module
 */
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");

/** In English. */
export const talk = {
  log: {
    label: (room: string) => `Messages in ${room}`,
    today: "Today",
    yesterday: "Yesterday",
    loadingOlder: "Loading older messages…",
    loadingNewer: "Loading newer messages…",
    toSkipped: "Older messages are not shown: jump to where you left off",
    toLine: "Jump to where the new messages begin",
    justNow: "just now",
    newMessages: (n: number) => plural(n, "new message", "new messages"),
    newIn: (n: number, room: string) => `${plural(n, "new message", "new messages")} in ${room}`,
    said: (name: string, text: string) => `${name}: ${text}`,
    toEnd: "Jump to the newest",
    fresh: "New",
    edited: "edited",
    code: (language: string | undefined) => language === undefined ? "Code" : `Code: ${language}`,
    copyCode: "Copy the code",
    messageIn: (room: string) => `message in ${room}`,
    blocked: "Message of somebody you blocked.",
    show: "Show",
    deleted: "This message was deleted.",
    earlier: "an earlier message",
    replyTo: (name: string) => `In reply to ${name}`,
    waiting: "Waiting to be sent",
    sending: "Sending…",
    saving: "Saving…",
    refused: "Not sent",
    tryAgain: "Try again",
    discard: "Discard",
    actions: "Message actions",
    reply: "Reply",
    react: "React",
    edit: "Edit",
    delete: "Delete",
    deleteQuestion: "Delete this message?",
    deleteHint: "It disappears for everybody. This cannot be undone.",
    moreEmoji: "More emoji",
    copyLink: "Copy link",
    linkCopied: "The link to the message was copied.",
    reactWith: (emoji: string) => `React with ${emoji}`,
    reaction: (emoji: string, names: string) => `${emoji} by ${names}`,
    reactionBy: (names: string) => `by ${names}`,
    typing: (names: readonly string[]) =>
      names.length === 1
        ? `${names[0]} is typing…`
        : names.length === 2
        ? `${names[0]} and ${names[1]} are typing…`
        : `${plural(names.length, "person is", "people are")} typing…`,
  },
  composer: {
    label: (room: string) => `Message to ${room}`,
    placeholder: (room: string) => `Write to ${room}`,
    hint: "Enter sends, Shift+Enter starts a new line",
    send: "Send",
    save: "Save",
    replying: (name: string) => `Replying to ${name}`,
    editing: "Editing your message",
    cancel: "Cancel",
    tooLong: "This is too long to be sent.",
    emoji: "Insert an emoji",
    names: "Names",
    offered: (n: number) => plural(n, "name fits", "names fit"),
    locked: "This room is locked: only moderators can write here.",
    muted: (until: string) => `A moderator has silenced you until ${until}.`,
    over: "This guest is gone: nobody would read it.",
    slow: (every: string) => `Slow mode: one message every ${every}.`,
    wait: (left: string) => `Slow mode: you can write again in ${left}.`,
  },
};
