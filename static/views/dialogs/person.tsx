/** The card of a person, with moderation. */
import { useEffect, useState } from "preact/hooks";
import { DELETED_SPANS, type DeletedSpan, LIMITS } from "../../../lib/protocol/limits.ts";
import type { PersonWithProfile } from "../../../lib/protocol/responses.ts";
import { personWithProfile } from "../../session/account.ts";
import { joined } from "../../strings/isolate.ts";
import { useLoaded, useTask } from "../shared/task.ts";
import { durationOf, soonOf } from "../../strings/deferred_format.ts";
import { titleOf } from "../../strings/format.ts";
import {
  currentRoom,
  isModerator,
  moderates,
  nameMark,
  presenceOf,
  roleOf,
  shownPresence,
} from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { isBlocked } from "../../state/people.ts";
import { samePerson } from "../../state/room.ts";
import type { Order, PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import { Confirm, DialogForm } from "./confirm.tsx";
import { MarkTag, RoleTag } from "../shared/names.tsx";
import { Avatar, Dialog, Icon } from "../shared/parts.tsx";
import { Segments } from "../shared/segments.tsx";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** How long a moderator can mute a member, in seconds. */
const muteSeconds = [600, 3_600, 86_400];

/** The card of `state.person`. */
export function PersonCard({ state, who }: { state: PageState; who: PersonRef }) {
  const { dispatch } = useActions();
  const [asking, ask] = useState<"kick" | "ban">();
  const close = () => dispatch({ type: "person" });
  const t = deferredStrings.person;
  if (asking === "ban") return <Ban who={who} onClose={close} />;
  const room = currentRoom(state);
  if (asking === "kick" && room !== undefined) {
    return <KickQuestion room={room} who={who} onClose={close} />;
  }
  const mark = nameMark(state, who);
  const gone = mark === "earlier" || mark === "left";
  const self = !gone &&
    (who.id === undefined ? samePerson(who.name, state.me.name) : who.id === state.me.id);
  return (
    <Dialog title={who.name} onClose={close}>
      <Head state={state} who={who} gone={gone} />
      {!gone && who.id !== undefined && <Profile id={who.id} />}
      {gone && <p class="quiet">{mark === "left" ? t.leftHint : t.earlierHint}</p>}
      {self && <p class="quiet">{t.itsYou}</p>}
      {!gone && !self && (
        <>
          <Everybodys state={state} who={who} close={close} />
          {isModerator(state)
            ? <Moderators state={state} who={who} close={close} ask={ask} />
            : <Hosts state={state} who={who} close={close} ask={ask} />}
        </>
      )}
    </Dialog>
  );
}

function Head({ state, who, gone }: { state: PageState; who: PersonRef; gone: boolean }) {
  const presence = gone ? "offline" : shownPresence(state, presenceOf(state, who.name));
  return (
    <p class="card-head">
      <Avatar name={who.name} presence={presence} />
      <span>{strings.presence[presence]}</span>
      <MarkTag mark={nameMark(state, who)} />
      <RoleTag role={roleOf(state, who)} />
    </p>
  );
}

/** What the person says about themselves. */
function Profile({ id }: { id: string }) {
  const { value } = useLoaded(useTask(), () => personWithProfile(id));
  if (value === undefined) return null;
  const { display_name, status, avatar, muted, deactivated } = value;
  return (
    <div class="card-section">
      {avatar && (
        <img class="portrait" src={`/api/avatars/${avatar}`} alt="" width="96" height="96" />
      )}
      {display_name && (
        <p>
          <strong>
            <bdi>{display_name}</bdi>
          </strong>
        </p>
      )}
      {status && <p dir="auto">{joined([status.emoji, status.text], " ")}</p>}
      {deactivated && <p>{deferredStrings.person.deactivated}</p>}
      {muted && <p>{mutedText(muted)}</p>}
    </div>
  );
}

function mutedText({ until, by }: NonNullable<PersonWithProfile["muted"]>): string {
  const t = deferredStrings.person;
  const time = soonOf(until, Date.now());
  return by === undefined ? t.mutedUntil({ time }) : t.mutedBy({ time, name: by });
}

/** Returns a function that sends a command and closes the card. */
function useOrder(close: () => void) {
  const { dispatch } = useActions();
  return (order: Order) => {
    dispatch({ type: "order", order });
    close();
  };
}

/**
 * Returns a person as commands name them: by id if it is known; the name is for the messages about
 * it.
 */
function personOf({ name, id }: PersonRef) {
  return { name, ...(id === undefined ? {} : { id }) };
}

function Everybodys(
  { state, who, close }: { state: PageState; who: PersonRef; close: () => void },
) {
  const { dispatch } = useActions();
  const give = useOrder(close);
  const t = deferredStrings.person;
  useEffect(() => {
    if (state.blocks === undefined) dispatch({ type: "order", order: { type: "list_blocks" } });
  }, []);
  const blocked = isBlocked(state, who);
  const write = () => {
    close();
    dispatch({ type: "write", who });
  };
  return (
    <div class="card-actions">
      <button type="button" class="with-icon primary" onClick={write}>
        <Icon name="pencil" />
        {t.write}
      </button>
      <button
        type="button"
        class="with-icon"
        title={t.blockHint}
        onClick={() => give({ type: "block", ...personOf(who), on: !blocked })}
      >
        <Icon name="ban" />
        {blocked ? t.unblock : t.block}
      </button>
    </div>
  );
}

interface CardProps {
  readonly state: PageState;
  readonly who: PersonRef;
  readonly close: () => void;
  /** Asks before the person is removed from the present room, or banned. */
  readonly ask: (what: "kick" | "ban") => void;
}

/** What the host of the present room may do: remove the person from it, unless they moderate. */
function Hosts(props: CardProps) {
  const { state, who } = props;
  const room = currentRoom(state);
  const role = roleOf(state, who);
  if (room === undefined || !moderates(state, room) || role === "owner" || role === "moderator") {
    return null;
  }
  const t = deferredStrings.person;
  return (
    <section class="card-section" aria-label={t.moderate}>
      <h3>{t.moderate}</h3>
      <p class="row">
        <Kick {...props} />
      </p>
    </section>
  );
}

/** The button that removes a person from the present room, if they are in it. */
function Kick({ state, who, ask }: CardProps) {
  const room = currentRoom(state);
  const inRoom = room !== undefined && room.kind !== "direct" &&
    (room.memberCount > room.members.length ||
      room.members.some((member) => samePerson(member, who.name)));
  if (!inRoom) return null;
  return (
    <button type="button" onClick={() => ask("kick")}>
      {deferredStrings.person.kick({ room: titleOf(room.name) })}
    </button>
  );
}

/** Says what the removal from a room does and does not do. */
function KickQuestion(
  { room, who, onClose }: { room: RoomState; who: PersonRef; onClose: () => void },
) {
  const ask = useAskOrder();
  const t = deferredStrings.person;
  const order = { type: "kick", room_id: room.key, ...personOf(who) } as const;
  return (
    <Confirm
      title={t.kickTitle({ name: who.name, room: titleOf(room.name) })}
      hint={t.kickHint}
      submit={t.kickSubmit}
      onConfirm={() => ask(order)}
      onClose={onClose}
    />
  );
}

function Moderators(props: CardProps) {
  const { state, who, close } = props;
  const give = useOrder(close);
  const t = deferredStrings.person;
  return (
    <section class="card-section" aria-label={t.moderate}>
      <h3>{t.moderate}</h3>
      <p class="row">
        <span class="row-label">{t.muteFor}</span>
        {muteSeconds.map((seconds) => (
          <button
            key={seconds}
            type="button"
            onClick={() => give({ type: "mute", ...personOf(who), seconds })}
          >
            <span class="sr-only">{t.muteFor}</span>
            {durationOf(seconds)}
          </button>
        ))}
        <button type="button" onClick={() => give({ type: "mute", ...personOf(who), seconds: 0 })}>
          {t.unmute}
        </button>
      </p>
      <p class="row">
        <Kick {...props} />
        <button type="button" class="danger-text" onClick={() => props.ask("ban")}>{t.ban}</button>
      </p>
      {state.me.role === "owner" && <RoleRow state={state} who={props.who} give={give} />}
    </section>
  );
}

function RoleRow(props: { state: PageState; who: PersonRef; give: (order: Order) => void }) {
  const { state, who, give } = props;
  const role = roleOf(state, who);
  const t = deferredStrings.person;
  if (role === "guest" || role === "bot" || role === "owner") return null;
  const set = (next: "moderator" | "member") =>
    give({ type: "set_role", ...personOf(who), role: next });
  return (
    <p class="row">
      {role === "moderator"
        ? <button type="button" onClick={() => set("member")}>{t.unmakeModerator}</button>
        : <button type="button" onClick={() => set("moderator")}>{t.makeModerator}</button>}
    </p>
  );
}

function Ban({ who, onClose }: { who: PersonRef; onClose: () => void }) {
  const ask = useAskOrder();
  const [reason, setReason] = useState("");
  const [address, setAddress] = useState(false);
  const [deleted, setDeleted] = useState<"none" | DeletedSpan>("none");
  const t = deferredStrings.person;
  const submit = () =>
    ask({
      type: "ban",
      ...personOf(who),
      ...(address ? { address } : {}),
      ...(deleted === "none" ? {} : { delete_messages: deleted }),
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    });
  return (
    <Dialog title={t.banTitle({ name: who.name })} onClose={onClose}>
      <DialogForm danger submit={t.banSubmit} onSubmit={submit} onClose={onClose}>
        <p class="quiet">{t.banHint}</p>
        <Field
          label={t.banReason}
          note={strings.optional}
          hint={t.banReasonHint}
          value={reason}
          onInput={setReason}
          maxLength={LIMITS.title_length}
          autofocus
        />
        <fieldset class="field">
          <legend class="field-label">{t.banDelete}</legend>
          <Segments
            options={(["none", ...DELETED_SPANS] as const).map((span) => [span, t.banSpans[span]])}
            value={deleted}
            onChange={setDeleted}
          />
          {deleted !== "none" && <small>{t.banDeleteHint}</small>}
        </fieldset>
        <label class="choice">
          <input
            type="checkbox"
            checked={address}
            onChange={(event) => setAddress(event.currentTarget.checked)}
          />
          <span>
            {t.banAddress}
            <small>{t.banAddressHint}</small>
          </span>
        </label>
      </DialogForm>
    </Dialog>
  );
}
