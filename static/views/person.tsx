/** Somebody's card: who it is, and what one can do about it. */
import { useEffect, useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol.ts";
import { titleOf } from "../format.ts";
import {
  currentRoom,
  guestMark,
  isModerator,
  presenceOf,
  roleOf,
  shownPresence,
} from "../select.ts";
import type { State } from "../state.ts";
import { samePerson } from "../state/room.ts";
import type { Order, Who } from "../state/types.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { useActions } from "./context.ts";
import { DialogForm } from "./confirm.tsx";
import { GuestTag, RoleTag } from "./names.tsx";
import { Avatar, Dialog, Icon } from "./parts.tsx";
import { Field } from "./text_field.tsx";

/** The card of `state.person`. */
export function PersonCard({ state, who }: { state: State; who: Who }) {
  const { dispatch } = useActions();
  const [banning, ban] = useState(false);
  const close = () => dispatch({ type: "person" });
  const t = asides.person;
  if (banning) return <Ban name={who.name} onClose={close} />;
  const gone = guestMark(state, who) === "earlier";
  const self = who.guest === undefined && samePerson(who.name, state.me.name);
  return (
    <Dialog title={who.name} onClose={close}>
      <Head state={state} who={who} gone={gone} />
      {gone && <p class="quiet">{t.earlierHint}</p>}
      {self && <p class="quiet">{t.itsYou}</p>}
      {!gone && !self && (
        <>
          <Everybodys state={state} name={who.name} close={close} />
          {isModerator(state) && (
            <Moderators
              state={state}
              who={who}
              close={close}
              onBan={() => ban(true)}
            />
          )}
        </>
      )}
    </Dialog>
  );
}

function Head({ state, who, gone }: { state: State; who: Who; gone: boolean }) {
  const presence = gone ? "offline" : shownPresence(state, presenceOf(state, who.name));
  return (
    <p class="card-head">
      <Avatar name={who.name} presence={presence} />
      <span>{strings.presence[presence]}</span>
      <GuestTag mark={guestMark(state, who)} guest={who.guest} />
      <RoleTag role={roleOf(state, who)} />
    </p>
  );
}

/** Gives an order and closes the card. */
function useOrder(close: () => void) {
  const { dispatch } = useActions();
  return (order: Order) => {
    dispatch({ type: "order", order });
    close();
  };
}

function Everybodys({ state, name, close }: { state: State; name: string; close: () => void }) {
  const { dispatch } = useActions();
  const give = useOrder(close);
  const t = asides.person;
  useEffect(() => {
    if (state.blocks === undefined) dispatch({ type: "order", order: { type: "list_blocks" } });
  }, []);
  const blocked = state.blocks?.some((other) => samePerson(other, name)) ?? false;
  const write = () => {
    close();
    dispatch({ type: "open", room: `@${name}` });
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
        onClick={() => give({ type: "block", name, on: !blocked })}
      >
        <Icon name="ban" />
        {blocked ? t.unblock : t.block}
      </button>
    </div>
  );
}

function Moderators(props: { state: State; who: Who; close: () => void; onBan: () => void }) {
  const { state, who: { name }, close } = props;
  const give = useOrder(close);
  const room = currentRoom(state);
  const inRoom = room !== undefined && room.kind !== "direct" &&
    room.members.some((member) => samePerson(member, name));
  const t = asides.person;
  return (
    <section class="card-section" aria-label={t.moderate}>
      <h3>{t.moderate}</h3>
      <p class="row">
        <span class="row-label">{t.muteFor}</span>
        {t.mutes.map(({ label, seconds }) => (
          <button
            key={seconds}
            type="button"
            onClick={() => give({ type: "mute", name, seconds })}
          >
            <span class="sr-only">{t.muteFor}</span>
            {label}
          </button>
        ))}
        <button type="button" onClick={() => give({ type: "mute", name, seconds: 0 })}>
          {t.unmute}
        </button>
      </p>
      <p class="row">
        {inRoom && (
          <button
            type="button"
            onClick={() => give({ type: "kick", room: room.name, name })}
          >
            {t.kick(titleOf(room.name))}
          </button>
        )}
        <button type="button" class="danger-text" onClick={props.onBan}>{t.ban}</button>
      </p>
      {state.me.role === "owner" && <RoleRow state={state} who={props.who} give={give} />}
    </section>
  );
}

function RoleRow(props: { state: State; who: Who; give: (order: Order) => void }) {
  const { state, who, give } = props;
  const role = roleOf(state, who);
  const t = asides.person;
  if (role === "guest" || role === "bot" || role === "owner") return null;
  const set = (next: "moderator" | "member") =>
    give({ type: "set_role", name: who.name, role: next });
  return (
    <p class="row">
      {role === "moderator"
        ? <button type="button" onClick={() => set("member")}>{t.unmakeModerator}</button>
        : <button type="button" onClick={() => set("moderator")}>{t.makeModerator}</button>}
    </p>
  );
}

function Ban({ name, onClose }: { name: string; onClose: () => void }) {
  const { dispatch } = useActions();
  const [reason, setReason] = useState("");
  const [address, setAddress] = useState(false);
  const t = asides.person;
  const submit = () =>
    dispatch({
      type: "order",
      order: {
        type: "ban",
        name,
        ...(address ? { address } : {}),
        ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
      },
    });
  return (
    <Dialog title={t.banTitle(name)} onClose={onClose}>
      <DialogForm danger submit={t.banSubmit} onSubmit={submit} onClose={onClose}>
        <p class="quiet">{t.banHint}</p>
        <Field
          label={t.banReason}
          note={strings.optional}
          value={reason}
          onInput={setReason}
          maxLength={LIMITS.title_length}
          autofocus
        />
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
