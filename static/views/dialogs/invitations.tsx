/** Rooms that the user is invited to. */
import type { PendingInvitation } from "../../../lib/protocol/frames.ts";
import { joined } from "../../strings/isolate.ts";
import { titleOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";

/** The rooms into which the user is invited. They wait until the user decides. */
export function Invitations(
  props: { invitations: readonly PendingInvitation[]; onDone: () => void },
) {
  const { dispatch } = useActions();
  const words = deferredStrings.invitations;
  if (props.invitations.length === 0) return null;
  return (
    <ul class="invitations">
      {props.invitations.map(({ room, room_id, title, people, by }) => (
        <li key={room_id}>
          <span class="invitation-what">
            <span>
              {people
                ? words.invitedWith({ names: joined(people.map(({ name }) => name), ", ") })
                : words.invitedTo({ room: titleOf(room) })}
            </span>
            <small>
              {joined([title, words.invitedBy({ name: by })], " · ")}
            </small>
          </span>
          <span class="invitation-answers">
            <button
              type="button"
              class="primary"
              onClick={() => {
                dispatch({ type: "join", room: room_id });
                props.onDone();
              }}
            >
              {deferredStrings.sidebar.accept}
            </button>
            <button
              type="button"
              onClick={() => dispatch({ type: "decline_invitation", room: room_id })}
            >
              {deferredStrings.sidebar.declineInvitation}
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}
