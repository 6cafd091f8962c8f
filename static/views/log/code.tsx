/** Code blocks with syntax highlighting. */
import { useContext, useEffect, useState } from "preact/hooks";
import { type CodePiece, highlight } from "../../markdown/highlight.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import type { CodeProps } from "../shared/deferred_views.ts";
import { ReachContext } from "../shared/context.ts";
import { IconButton } from "../shared/parts.tsx";

/** A code block with a copy button. Highlighting does not change its size. */
export function Code({ text, language }: CodeProps) {
  // With another key no text is moved into another element, which browsers would count as a shift.
  const pieces = useHighlighted(text, language);
  const label = language === undefined
    ? deferredStrings.log.code
    : deferredStrings.log.codeIn({ language });
  return (
    <div class="code-block">
      <pre tabIndex={useContext(ReachContext)} dir="ltr" aria-label={label}>
        <code key={pieces.length}>{pieces.map(view)}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

function view(piece: CodePiece, index: number) {
  if (typeof piece === "string") return piece;
  return <span key={index} class={`code-${piece.kind}`}>{piece.children.map(view)}</span>;
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  // A browser has a clipboard only on https and localhost.
  if (globalThis.navigator?.clipboard === undefined) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <>
      <IconButton
        icon={copied ? "check" : "copy"}
        tabIndex={useContext(ReachContext)}
        label={copied ? deferredStrings.copied : deferredStrings.log.copyCode}
        onClick={() => void copy().catch(() => setCopied(false))}
      />
      <span class="sr-only" role="status">{copied ? deferredStrings.copied : ""}</span>
    </>
  );
}

/** Returns the highlighted code; the plain text until it is highlighted. */
function useHighlighted(text: string, language: string | undefined): readonly CodePiece[] {
  const [found, setFound] = useState<{ of: string; pieces: readonly CodePiece[] }>();
  useEffect(() => {
    if (language === undefined) return;
    let current = true;
    void highlight(text, language).then((pieces) => {
      if (current && pieces !== undefined) setFound({ of: text, pieces });
    });
    return () => {
      current = false;
    };
  }, [text, language]);
  return found?.of === text ? found.pieces : [text];
}
