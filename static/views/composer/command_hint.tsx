/** Says why a command was not sent, and how to send its text. */
import type { CommandHintProps } from "../shared/deferred_views.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";

/** Shows the hint, above the text field. */
export function CommandHint({ command, standing, onSend }: CommandHintProps) {
  const t = deferredStrings.commands;
  const name = `/${command}`;
  return (
    <p class="command-hint" role="alert">
      <span>
        {standing === "asking"
          ? strings.composer.looking
          : standing === "offline"
          ? t.offline
          : t.unknown({ command: name })}
      </span>
      {standing === "unknown" && (
        <button type="button" class="link" onClick={onSend}>{t.sendAsText}</button>
      )}
    </p>
  );
}
