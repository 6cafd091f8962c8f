/** Refused drafts, and their actions. */
import { useEffect, useState } from "preact/hooks";
import type { Pending } from "../../state/reducer.ts";
import { mayRetry } from "../../state/pending.ts";
import { findMessage } from "../../state/timeline.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { AboutUnsentProps, RefusedProps } from "../shared/deferred_views.ts";
import { refusalText } from "./announcements.ts";
import { Words } from "./markdown.tsx";

/** Why a draft was refused, and what the user can do with it. */
export function Refused({ room, entry }: RefusedProps) {
  const { dispatch } = useActions();
  const { key, draft } = entry;
  const t = deferredStrings.log;
  // In place of the message its row shows the edit.
  const savedText = draft.type === "edit_message" && room !== undefined
    ? findMessage(room, draft.seq)?.message
    : undefined;
  return (
    <>
      {savedText !== undefined && (
        <p class="unsent-about">
          {t.savedText}{" "}
          <span class="unsent-quote" dir="auto">
            <Words text={savedText} />
          </span>
        </p>
      )}
      <p class="delivery refused">
        <span>{refusalText(entry)}</span>
        {mayRetry(entry, room) && (
          <button
            type="button"
            class="link"
            onClick={() => dispatch({ type: "retry", key })}
          >
            {deferredStrings.log.tryAgain}
          </button>
        )}
        <CopyText text={textOf(entry)} />
        <button type="button" class="link" onClick={() => dispatch({ type: "discard", key })}>
          {t.discard}
        </button>
      </p>
    </>
  );
}

/** Returns the user's own text in a draft, or else the text of the message that it refers to. */
function textOf({ draft, about }: Pending): string {
  return "message" in draft ? draft.message : about?.text ?? "";
}

/** How long "copied" is shown, in ms. */
const copiedFor = 2_000;

function CopyText({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), copiedFor);
    return () => clearTimeout(timer);
  }, [copied]);
  // A browser has a clipboard only on https and localhost; elsewhere the user can select the text.
  if (text === "" || globalThis.navigator?.clipboard === undefined) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <button type="button" class="link" onClick={() => void copy().catch(() => {})}>
      {copied ? deferredStrings.copied : deferredStrings.log.copyText}
    </button>
  );
}

/** The message that a draft has lost, as it was when the draft was made. */
export function AboutUnsent({ entry: { draft, about } }: AboutUnsentProps) {
  const t = deferredStrings.log;
  const what = draft.type === "edit_message"
    ? t.unsentEdit
    : draft.type === "delete_message"
    ? t.unsentDelete
    : draft.type === "react"
    ? t.unsentReaction({ emoji: draft.emoji })
    : draft.type === "vote"
    ? t.unsentVote
    : draft.type === "close_poll"
    ? t.unsentClose
    : draft.forward !== undefined
    ? t.unsentCopy
    : t.unsentReply;
  return (
    <p class="unsent-about">
      {what} {about === undefined ? t.unknownMessage : (
        <span class="unsent-quote" dir="auto">
          <strong>
            <bdi>{about.sender}</bdi>
          </strong>{" "}
          <Words text={about.text} />
        </span>
      )}
    </p>
  );
}
