/** The commands that the user has given to bots, and the answers that only the user sees. */
import { callsIn } from "../../state/bot_commands.ts";
import type { PageState } from "../../state/reducer.ts";
import type { CommandCall, RoomState } from "../../state/types.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { IconButton } from "../shared/parts.tsx";
import { Markdown } from "./markdown.tsx";

/** Shows the calls in a room, below its messages. */
export function Calls({ state, room }: { state: PageState; room: RoomState }) {
  return (
    <div role="status">
      {callsIn(state, room).map((call) => <Call key={call.id} call={call} />)}
    </div>
  );
}

function Call({ call: { id, command, text, by, answers } }: { call: CommandCall }) {
  const { dispatch } = useActions();
  const t = deferredStrings.commands;
  const name = `/${command}`;
  return (
    <section class="call" aria-label={t.label({ command: name })}>
      <p class="call-head">
        <code dir="auto">{`${name} ${text}`.trim()}</code>
        <span class="quiet">{t.onlyYou}</span>
        <IconButton
          icon="close"
          label={strings.dismiss}
          onClick={() => dispatch({ type: "dismiss_call", id })}
        />
      </p>
      {answers.length === 0 && <p class="quiet">{t.waiting({ name: by })}</p>}
      {answers.map((answer, index) => (
        <div key={index} class="text">
          <strong class="call-by">
            <bdi>{by}</bdi>
          </strong>
          <Markdown text={answer} />
        </div>
      ))}
    </section>
  );
}
