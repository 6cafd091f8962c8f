/** Invitations: who may come in besides. */
import { useState } from "preact/hooks";
import {
  type Invitation,
  listInvites,
  makeInvite,
  type NewInvitation,
  revokeInvite,
} from "../account.ts";
import { titleOf, whenOf } from "../format.ts";
import { currentRoom, roomsOf } from "../select.ts";
import type { State } from "../state.ts";
import { asides } from "../strings/aside.ts";
import { CopyField } from "./copy.tsx";
import { Icon } from "./parts.tsx";
import { Select } from "./select.tsx";
import { useLoaded, useTask } from "./task.ts";

/** Makes, lists and revokes them. */
export function Invites({ state }: { state: State }) {
  const task = useTask();
  const { value, change, reload } = useLoaded(task, listInvites);
  const [url, setUrl] = useState<string>();
  const t = asides.manage;
  const make = async (what: NewInvitation) => {
    const made = await task.run(() => makeInvite(what));
    if (made === undefined) return;
    setUrl(made.url);
    await reload();
  };
  return (
    <>
      <NewInvite state={state} busy={task.busy} make={make} />
      <p class="form-error" role="alert">{task.error}</p>
      {url && (
        <div class="made">
          <CopyField key={url} label={t.inviteLink} text={url} />
        </div>
      )}
      {value?.invites.length === 0 && <p class="quiet">{t.noInvites}</p>}
      <ul class="listing">
        {value?.invites.map((invite) => (
          <Row
            key={invite.id}
            invite={invite}
            onRevoke={() => void change(() => revokeInvite(invite.id))}
          />
        ))}
      </ul>
    </>
  );
}

function NewInvite(props: {
  state: State;
  busy: boolean;
  make: (what: NewInvitation) => Promise<void>;
}) {
  const current = currentRoom(props.state);
  const [uses, setUses] = useState("1");
  const [hours, setHours] = useState("168");
  const [room, setRoom] = useState(current?.kind === "private" ? current.name : "");
  const t = asides.manage;
  const submit = (event: Event) => {
    event.preventDefault();
    void props.make({
      ...(uses === "" ? {} : { uses: Number(uses) }),
      ...(hours === "" ? {} : { hours: Number(hours) }),
      ...(room === "" ? {} : { room }),
    });
  };
  const rooms = roomsOf(props.state, false).map(({ name }) => [name, titleOf(name)] as const);
  return (
    <form class="card-section" onSubmit={submit}>
      <div class="columns">
        <Select
          label={t.uses}
          value={uses}
          onChange={setUses}
          options={[...t.useCounts.map((n) => [`${n}`, `${n}×`] as const), ["", t.anyUses]]}
        />
        <Select
          label={t.expiry}
          value={hours}
          onChange={setHours}
          options={[
            ...t.expiries.map(({ label, hours }) => [`${hours}`, label] as const),
            ["", t.forever],
          ]}
        />
        <Select
          label={t.room}
          value={room}
          onChange={setRoom}
          options={[["", t.noRoom], ...rooms]}
        />
      </div>
      <button type="submit" class="primary" disabled={props.busy}>{t.makeInvite}</button>
    </form>
  );
}

function Row({ invite, onRevoke }: { invite: Invitation; onRevoke: () => void }) {
  const { created_by, created_at, uses_left, expires_at } = invite;
  const t = asides.manage;
  const now = Date.now();
  const left = uses_left === null ? t.manyUses : t.usesLeft(uses_left);
  const until = expires_at === null ? t.forever : t.expires(whenOf(expires_at, now));
  const made = [created_by === null ? "" : t.inviteBy(created_by), whenOf(created_at, now)];
  return (
    <li>
      <Icon name="invite" />
      <span class="listed">
        <strong>{left}</strong>
        <small>{[until, ...made].filter(Boolean).join(" · ")}</small>
      </span>
      <button type="button" onClick={onRevoke}>{t.revoke}</button>
    </li>
  );
}
