/** A block of code, in colours where its language is known. */
import { useContext, useEffect, useState } from "preact/hooks";
import { highlight, type Piece } from "../highlight.ts";
import { strings } from "../strings.ts";
import { ReachContext } from "./context.ts";
import { IconButton } from "./parts.tsx";

/** A block of code with a button that copies it. Colours do not change its size. */
export function Code({ text, language }: { text: string; language: string | undefined }) {
  const pieces = useHighlighted(text, language);
  return (
    <div class="code-block">
      <pre tabIndex={useContext(ReachContext)} dir="ltr" aria-label={strings.log.code(language)}>
        <code>{pieces.map(view)}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

function view(piece: Piece, index: number) {
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
        label={copied ? strings.copied : strings.log.copyCode}
        onClick={() => void copy().catch(() => setCopied(false))}
      />
      <span class="sr-only" role="status">{copied ? strings.copied : ""}</span>
    </>
  );
}

/** The text until it is known what is what in it. */
function useHighlighted(text: string, language: string | undefined): readonly Piece[] {
  const [found, setFound] = useState<{ of: string; pieces: readonly Piece[] }>();
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
