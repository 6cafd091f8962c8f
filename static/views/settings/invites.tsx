/** Invite links. */
import { useState } from "preact/hooks";
import {
  type InviteInfo,
  type InviteRequest,
  listInvites,
  makeInvite,
  revokeInvite,
} from "../../session/account.ts";
import { joined } from "../../strings/isolate.ts";
import { durationOf } from "../../strings/deferred_format.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { currentRoom, roomsOf } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { LinkToShare } from "../shared/link_to_share.tsx";
import { Icon } from "../shared/parts.tsx";
import { Select } from "../shared/select.tsx";
import { useLoaded, useTask } from "../shared/task.ts";

/** How often an invitation can be used, besides without limit. */
const useCounts = [1, 5, 25, 100];

/** How long an invitation is valid, in hours, besides for ever. */
const expiryHours = [24, 168, 720];

/** Creates, lists and revokes invite links. */
export function Invites({ state }: { state: PageState }) {
  const task = useTask();
  const { value, reload } = useLoaded(task, listInvites);
  const [url, setUrl] = useState<string>();
  const t = deferredStrings.manage;
  const make = async (what: InviteRequest) => {
    const made = await task.run(() => makeInvite(what));
    if (made === undefined) return;
    setUrl(made.url);
    await reload();
  };
  return (
    <>
      <NewInvite state={state} busy={task.busy} make={make} />
      <p class="form-error" role="alert">{task.error}</p>
      {url && <LinkToShare key={url} label={t.inviteLink} url={url} />}
      {value?.invites.length === 0 && <p class="quiet">{t.noInvites}</p>}
      <ul class="listing">
        {value?.invites.map((invite) => (
          <Row
            key={invite.id}
            invite={invite}
            onRevoked={() => void reload()}
          />
        ))}
      </ul>
    </>
  );
}

function NewInvite(props: {
  state: PageState;
  busy: boolean;
  make: (what: InviteRequest) => Promise<void>;
}) {
  const current = currentRoom(props.state);
  const [uses, setUses] = useState("1");
  const [hours, setHours] = useState("168");
  const [room, setRoom] = useState(current?.kind === "private" ? current.key : "");
  const t = deferredStrings.manage;
  const submit = (event: Event) => {
    event.preventDefault();
    void props.make({
      ...(uses === "" ? {} : { uses: Number(uses) }),
      ...(hours === "" ? {} : { hours: Number(hours) }),
      ...(room === "" ? {} : { room_id: room }),
    });
  };
  const rooms = roomsOf(props.state, false).filter(({ parted }) => !parted)
    .map(({ key, name }) => [key, titleOf(name)] as const);
  return (
    <form class="card-section" onSubmit={submit}>
      <p class="quiet">{t.inviteHint}</p>
      <div class="columns">
        <Select
          label={t.uses}
          value={uses}
          onChange={setUses}
          options={[...useCounts.map((n) => [`${n}`, `${n}`] as const), ["", t.anyUses]]}
        />
        <Select
          label={t.expiry}
          value={hours}
          onChange={setHours}
          options={[
            ...expiryHours.map((hours) => [`${hours}`, durationOf(hours * 3_600)] as const),
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

function Row({ invite, onRevoked }: { invite: InviteInfo; onRevoked: () => void }) {
  const { created_by, created_at, uses_left, expires_at } = invite;
  const t = deferredStrings.manage;
  const now = Date.now();
  const left = uses_left === null ? t.manyUses : t.usesLeft({ count: uses_left });
  const until = expires_at === null ? "" : t.expires({ time: whenOf(expires_at, now) });
  const made = [
    created_by === null ? "" : t.inviteBy({ name: created_by }),
    whenOf(created_at, now),
  ];
  return (
    <li>
      <Icon name="invite" />
      <span class="listed">
        <strong>{left}</strong>
        <small>{joined([until, ...made], " · ")}</small>
      </span>
      <ActButton act={() => revokeInvite(invite.id)} onDone={onRevoked}>{t.revoke}</ActButton>
    </li>
  );
}
