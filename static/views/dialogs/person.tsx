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
import type { PersonRef, RoomState } from "../../state/types.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
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
  return (
    <Dialog title={who.name} onClose={close}>
      <Head state={state} who={who} gone={gone} />
      {gone
        ? <p class="quiet">{mark === "left" ? t.leftHint : t.earlierHint}</p>
        : <Card state={state} who={who} close={close} ask={ask} />}
    </Dialog>
  );
}

/**
 * What the person says about themselves, and what can be done. It is shown at once: buttons that are
 * about to be pressed must not move.
 */
function Card(props: Omit<CardProps, "muted">) {
  const { state, who: { id, name } } = props;
  const task = useTask();
  const { value } = useLoaded(
    task,
    async () => id === undefined ? { name } : await personWithProfile(id),
  );
  // Without a connection the card does without the profile.
  if (value === undefined && task.error === "") return <p class="quiet">{strings.loading}</p>;
  const profile = value !== undefined && "role" in value ? value : undefined;
  const isSelf = id === undefined ? samePerson(name, state.me.name) : id === state.me.id;
  const card = { ...props, muted: profile && (profile.muted ?? null) };
  return (
    <>
      {profile && <Profile profile={profile} />}
      {isSelf && profile?.muted && <p>{mutedText(profile.muted)}</p>}
      {isSelf ? <p class="quiet">{deferredStrings.person.itsYou}</p> : (
        <>
          <Everybodys {...card} />
          {isModerator(state) ? <Moderators {...card} /> : <Hosts {...card} />}
        </>
      )}
    </>
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
function Profile({ profile }: { profile: PersonWithProfile }) {
  const { display_name, status, avatar, deactivated } = profile;
  if (!(display_name || status || avatar || deactivated)) return null;
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
    </div>
  );
}

function mutedText({ until, by }: NonNullable<PersonWithProfile["muted"]>): string {
  const t = deferredStrings.person;
  const time = soonOf(until, Date.now());
  return by === undefined ? t.mutedUntil({ time }) : t.mutedBy({ time, name: by });
}

/**
 * Returns a person as commands name them: by id if it is known; the name is for the messages about
 * it.
 */
function personOf({ name, id }: PersonRef) {
  return { name, ...(id === undefined ? {} : { id }) };
}

function Everybodys({ state, who, close }: CardProps) {
  const { dispatch } = useActions();
  const ask = useAskOrder();
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
      <ActButton
        class="with-icon"
        title={t.blockHint}
        act={() => ask({ type: "block", ...personOf(who), on: !blocked })}
        onDone={close}
      >
        <Icon name="ban" />
        {blocked ? t.unblock : t.block}
      </ActButton>
    </div>
  );
}

interface CardProps {
  readonly state: PageState;
  readonly who: PersonRef;
  readonly close: () => void;
  /** Until when the person is muted; null if they are not, and `undefined` if nobody knows. */
  readonly muted: PersonWithProfile["muted"] | null;
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
      <div class="row">
        <Kick {...props} />
      </div>
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
  const t = deferredStrings.person;
  return (
    <section class="card-section" aria-label={t.moderate}>
      <h3>{t.moderate}</h3>
      <Mute {...props} />
      <div class="row">
        <Kick {...props} />
        <button type="button" class="danger-text" onClick={() => props.ask("ban")}>{t.ban}</button>
      </div>
      {props.state.me.role === "owner" && <RoleRow {...props} />}
    </section>
  );
}

/** Mutes the person, or ends that: whichever applies, and both if the server could not say. */
function Mute({ who, muted, close }: CardProps) {
  const ask = useAskOrder();
  const t = deferredStrings.person;
  const mute = (seconds: number) => () => ask({ type: "mute", ...personOf(who), seconds });
  return (
    <div class="row">
      {muted && <span class="row-label">{mutedText(muted)}</span>}
      {!muted && (
        <>
          <span class="row-label">{t.muteFor}</span>
          {muteSeconds.map((seconds) => (
            <ActButton key={seconds} act={mute(seconds)} onDone={close}>
              <span class="sr-only">{t.muteFor}</span>
              {durationOf(seconds)}
            </ActButton>
          ))}
        </>
      )}
      {muted !== null && <ActButton act={mute(0)} onDone={close}>{t.unmute}</ActButton>}
    </div>
  );
}

function RoleRow({ state, who, close }: CardProps) {
  const ask = useAskOrder();
  const role = roleOf(state, who);
  const t = deferredStrings.person;
  if (role === "guest" || role === "bot" || role === "owner") return null;
  const next = role === "moderator" ? "member" : "moderator";
  return (
    <div class="row">
      <ActButton act={() => ask({ type: "set_role", ...personOf(who), role: next })} onDone={close}>
        {role === "moderator" ? t.unmakeModerator : t.makeModerator}
      </ActButton>
    </div>
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
