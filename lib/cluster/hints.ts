/**
 * Applies the hints of other instances: a hint says what has changed, the store says how it is now
 * (Invariant C1).
 *
 * @module
 */
import { type Effects } from "../chat/effects.ts";
import { placeOf } from "../chat/effect.ts";
import type { Groups } from "../chat/groups.ts";
import type { Room } from "../chat/room.ts";
import type { HubApi } from "../chat/hub_api.ts";
import type { Peers } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";
import type { Hint } from "./peer_messages.ts";

type HintOf<T extends Hint["type"]> = Extract<Hint, { type: T }>;

/** Options of hints. */
export interface HintOptions {
  readonly hub: Pick<HubApi, "rooms" | "connections" | "server" | "readStateNow">;
  readonly store: Store;
  readonly peers: Peers;
  readonly effects: Effects;
  readonly groups: Groups;
}

/** How often a room that changes meanwhile is read again; after that the reconciler has to do. */
const MAX_READS = 5;

/** For each type of hint, the function that reads the store and applies the effect. */
type Readers = {
  readonly [T in Hint["type"]]: (hint: HintOf<T>) => Promise<void> | void;
};

/** Applies hints. */
export class Hints {
  readonly #options: HintOptions;
  readonly #readers: Readers;

  constructor(options: HintOptions) {
    this.#options = options;
    this.#readers = this.#createReaders();
  }

  /**
   * Reads what has changed, if it concerns this instance, and applies the effect.
   *
   * @throws {unknown} The store's error.
   */
  async apply(hint: Hint): Promise<void> {
    // The table pairs each type with its own function, which TypeScript cannot follow here.
    const read = this.#readers[hint.type] as (hint: Hint) => Promise<void> | void;
    await read(hint);
  }

  #createReaders(): Readers {
    return {
      ...this.#roomReaders(),
      ...this.#deviceReaders(),
      ...this.#accountReaders(),
      ...this.#accessReaders(),
      profile: async ({ account: id }) => {
        const { store, effects } = this.#options;
        const account = await store.accountById(id);
        if (account === null) return;
        effects.apply({ type: "profile", account, profile: await store.profileOf(id) });
      },
      reported: ({ id }) => this.#options.effects.apply({ type: "reported", id }),
      report_resolved: async ({ id }) => {
        const { store, effects } = this.#options;
        const report = await store.reportById(id);
        if (report?.resolution) effects.apply({ type: "report_resolved", id });
      },
      personal: ({ account: id, change }) => {
        const account = this.#connected(id);
        if (account !== undefined) {
          this.#options.effects.apply({ type: "personal", account, change });
        }
      },
      emoji_changed: async ({ emoji }) => {
        const { store, effects } = this.#options;
        const found = await store.findEmoji(emoji);
        const picture = found === null ? {} : { picture: found.picture };
        effects.apply({ type: "emoji_changed", emoji, ...picture });
      },
      server_changed: () => this.#readServer(),
      groups_changed: () => this.#options.groups.reload(),
    };
  }

  async #readServer(): Promise<void> {
    const { hub: { server }, effects } = this.#options;
    await server.reload();
    effects.apply({ type: "server_changed", ...server.news });
  }

  #roomReaders(): Pick<
    Readers,
    "member_added" | "member_removed" | "room_changed" | "room_deleted" | "said" | "typing"
  > {
    const { hub: { rooms }, store, effects } = this.#options;
    return {
      member_added: (hint) => this.#readMembership(hint),
      member_removed: (hint) => this.#readMembership(hint, hint.by),

      room_changed: async ({ room: id }) => {
        if (!rooms.has(id)) return;
        const record = await this.#readStable(id, () => store.roomById(id));
        if (!record.deleted) effects.apply({ type: "room_changed", record });
      },

      room_deleted: async ({ room: id, by: byId }) => {
        const { publicId, kind, deleted } = await store.roomById(id);
        if (!deleted) return;
        const accounts = byId === null ? null : await this.#options.peers.accountsOf([byId]);
        const by = byId === null ? undefined : accounts?.get(byId);
        const name = rooms.peek(id)?.record.name;
        const place = { room: id, publicId, ...(name === undefined ? {} : { name }) };
        const actor = by === undefined ? {} : { by };
        effects.apply({ type: "room_deleted", ...place, isPublic: kind === "public", ...actor });
      },

      said: ({ room, account: id }) => effects.apply({ type: "said", room, account: { id } }),

      typing: ({ room: id, account, thread = 0 }) =>
        rooms.whenLoaded(id, (room) => {
          const member = room.member(account);
          if (member === undefined) return;
          const where = thread === 0 ? {} : { thread };
          effects.apply({ type: "typing", room: id, account: member, ...where });
        }),
    };
  }

  /** Changes that concern the devices of one user. */
  #deviceReaders(): Pick<
    Readers,
    "read" | "thread_followed" | "unread" | "level" | "quiet" | "invited" | "invitation_declined"
  > {
    const { hub, store, peers, effects } = this.#options;
    return {
      read: async ({ room, account: id, thread = 0 }) => {
        const account = this.#connected(id);
        const seat = account && await peers.seatOf(room, id);
        if (!seat) return;
        const record = await store.roomById(room);
        if (thread === 0) {
          return effects.apply({ type: "read", record, account, seq: seat.read });
        }
        const seq = await store.markThreadRead(room, thread, id, 0);
        effects.apply({ type: "read", record, account, seq, thread });
      },

      thread_followed: async ({ room, account: id, thread = 0 }) => {
        const account = this.#connected(id);
        const seat = account && await peers.seatOf(room, id);
        if (!seat) return;
        const record = await store.roomById(room);
        const on = (await store.threadFollowers(room, thread)).includes(id);
        effects.apply({ type: "thread_followed", record, account, thread, on });
      },

      unread: async ({ room, account: id }) => {
        const account = this.#connected(id);
        if (account === undefined) return;
        const loaded = await hub.rooms.load({ id: room });
        await hub.readStateNow(loaded, account, (state) => {
          effects.apply({ type: "unread", record: loaded.record, account, state });
        });
      },

      level: async ({ room, account: id }) => {
        const account = this.#connected(id);
        const seat = account && await peers.seatOf(room, id);
        if (!seat) return;
        const record = await store.roomById(room);
        effects.apply({ type: "level", record, account, level: seat.level });
      },

      quiet: async ({ account: id }) => {
        const account = this.#connected(id);
        if (account === undefined) return;
        effects.apply({ type: "quiet", account, quiet: await store.quietOf(id) });
      },

      invited: async ({ room, account: id }) => {
        const account = this.#connected(id);
        const pending = account && await store.invitationsOf(id);
        const invitation = pending?.find(({ room: { id } }) => id === room);
        if (account === undefined || invitation === undefined) return;
        effects.apply({ type: "invited", record: invitation.room, account, by: invitation.by });
      },

      invitation_declined: async ({ room, account: id }) => {
        const account = this.#connected(id);
        if (account === undefined || await store.isInvited(room, id)) return;
        const record = await store.roomById(room);
        effects.apply({ type: "invitation_declined", record, account });
      },
    };
  }

  #accountReaders(): Pick<
    Readers,
    "muted" | "role_changed" | "account_changed" | "blocked"
  > {
    const { peers, effects } = this.#options;
    return {
      muted: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        if (standing === null) return;
        const { account, mutedUntil: until } = standing;
        effects.apply({ type: "muted", account, until });
      },

      role_changed: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        if (standing === null || standing.isGone) return;
        effects.apply({ type: "role_changed", account: standing.account });
      },

      account_changed: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        if (standing === null || standing.isGone) return;
        await this.#options.groups.reloadWith(standing.account);
        effects.apply({ type: "account_changed", account: standing.account });
      },

      blocked: async ({ account: id, other: otherId }) => {
        const standing = await peers.standingOf(id);
        const other = (await peers.accountsOf([otherId])).get(otherId);
        if (standing === null || other === undefined) return;
        const on = standing.blocked.includes(otherId);
        effects.apply({ type: "blocked", account: standing.account, other, on });
      },
    };
  }

  /** Changes that end connections. */
  #accessReaders(): Pick<
    Readers,
    "signed_out" | "banned" | "unbanned" | "retired" | "erased"
  > {
    const { hub: { rooms, connections }, peers, effects } = this.#options;
    return {
      signed_out: async ({ account: id }) => {
        const sessions = connections.of(id).flatMap(({ session }) => session ?? []);
        if (sessions.length === 0) return;
        const valid = await peers.sessionsIn(sessions);
        const account = this.#connected(id);
        if (account === undefined) return;
        for (const session of new Set(sessions)) {
          if (!valid.has(session)) effects.apply({ type: "signed_out", account, session });
        }
      },

      banned: async ({ account: id, everywhere }) => {
        const standing = await peers.standingOf(id);
        const ban = standing?.bans[0];
        if (!standing || ban === undefined) return;
        effects.apply({
          type: "banned",
          account: standing.account,
          reason: ban.reason,
          addresses: standing.bans.flatMap(({ address }) => address ?? []),
          everywhere: everywhere ? { reason: ban.reason, at: ban.at } : null,
        });
      },

      unbanned: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        if (!standing || standing.bans.length > 0) return;
        effects.apply({ type: "unbanned", account: standing.account });
      },

      erased: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        if (standing === null || !standing.isGone) return;
        await this.#options.groups.reloadWith(standing.account);
        effects.apply({ type: "erased", account: standing.account });
      },

      retired: async ({ account: id }) => {
        const standing = await peers.standingOf(id);
        // An account whose row is deleted can still be in memory.
        const account = standing?.account ?? this.#connected(id) ??
          rooms.loaded().values().map((room) => room.member(id)).find((one) => one !== undefined);
        if (standing?.isGone === false || account === undefined) return;
        effects.apply({ type: "retired", account });
      },
    };
  }

  /** The account with an id, when it is connected to this instance. */
  #connected(id: number): Account | undefined {
    return this.#options.hub.connections.of(id)[0]?.account;
  }

  async #readMembership(
    { type, room: id, account: accountId }: Extract<Hint, { room: number; account: number }>,
    by: number | null = null,
  ): Promise<void> {
    const { hub: { rooms }, store, peers, effects } = this.#options;
    if (!rooms.has(id) && this.#connected(accountId) === undefined) return;
    const seat = await this.#readStable(id, () => peers.seatOf(id, accountId));
    const isMember = seat !== null;
    const known = rooms.peek(id)?.member(accountId);
    // The opposite was stored since then, and has a hint of its own.
    if (isMember !== (type === "member_added") && (known !== undefined) === isMember) return;
    const ids = by === null ? [accountId] : [accountId, by];
    const accounts = await peers.accountsOf(ids);
    const account = accounts.get(accountId);
    if (account === undefined) return;
    const record = await store.roomById(id);
    const place = placeOf({ id, record });
    if (isMember) return effects.apply({ type: "member_added", ...place, account });
    const moderator = by === null ? undefined : accounts.get(by);
    const reason = moderator === undefined ? {} : { by: moderator };
    effects.apply({ type: "member_removed", ...place, account, host: record.host, ...reason });
  }

  /** Reads about a room; reads again when the room changed in memory meanwhile. */
  async #readStable<T>(id: number, read: () => Promise<T>): Promise<T> {
    for (let reads = 1;; reads++) {
      const before: Room | null = this.#options.hub.rooms.peek(id);
      const changes = before?.changes;
      const found = await read();
      const now = this.#options.hub.rooms.peek(id);
      if (reads === MAX_READS || now === before && now?.changes === changes) return found;
    }
  }
}
