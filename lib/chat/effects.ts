/**
 * Applies changes to memory after they are stored, in the same way at every instance: a command
 * writes to the store and then emits an effect. The other instances get the ids that it concerns,
 * read the rest from the store, and apply the effect too.
 *
 * Effects are idempotent. An effect on a room that is not loaded does nothing: the room is read from
 * the store when it is needed.
 *
 * @module
 */
import type { Effect, EffectOf } from "./effect.ts";
import { isLoopback } from "../util/ip_address.ts";
import {
  blocks,
  invitationTag,
  markedUnread,
  personTag,
  profileTag,
  recordTag,
  roomTag,
} from "./replies.ts";
import type { Clock } from "../util/clock.ts";
import type { Connection } from "./connection.ts";
import type { HubApi } from "./hub_api.ts";
import type { Log } from "../observability/log.ts";
import type { Moderation } from "./moderation.ts";
import { type PersonalChange, personalFrame } from "./personal.ts";
import { reportListings } from "./reports.ts";
import type { Room } from "./room.ts";
import { isModerator } from "../auth/permissions.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** Options of effects. */
export interface EffectOptions {
  readonly hub: Pick<
    HubApi,
    | "rooms"
    | "connections"
    | "presence"
    | "presenceSubscriptions"
    | "tell"
    | "unsubscribe"
    | "dropAccount"
    | "dropAll"
    | "changeRole"
    | "changeAccount"
    | "showAccount"
    | "publish"
  >;
  readonly store: Store;
  readonly moderation: Moderation;
  readonly clock: Clock;
  readonly log: Log;
}

/** @param source The connection whose command caused the effect, where it was one of this instance. */
type Appliers = {
  readonly [T in Effect["type"]]: (effect: EffectOf<T>, source?: Connection) => void;
};

/** Effects that only the user's own devices are sent. */
const OWN_DEVICES: ReadonlySet<Effect["type"]> = new Set([
  "read",
  "thread_followed",
  "unread",
  "level",
  "quiet",
  "personal",
  "invited",
  "invitation_declined",
]);

/** Applies effects, and publishes them to the other instances. */
export class Effects {
  readonly #options: EffectOptions;
  readonly #appliers: Appliers;

  constructor(options: EffectOptions) {
    this.#options = options;
    this.#appliers = this.#createAppliers();
  }

  /**
   * Applies a stored change at this instance, and at all others.
   *
   * @param source The connection whose command it was: it gets a reply in place of the notice.
   */
  emit(effect: Effect, source?: Connection): void {
    const { hub } = this.#options;
    this.apply(effect, source);
    // Without a connection at another instance there is no device to send it to.
    const isOwn = OWN_DEVICES.has(effect.type) && "account" in effect;
    if (isOwn && !hub.presence.isRemote(effect.account as Account)) return;
    hub.publish(effect);
  }

  /** Applies an effect at this instance. Ignores a type that only a newer version knows. */
  apply(effect: Effect, source?: Connection): void {
    // The table pairs each type with its own function, which TypeScript cannot follow here.
    const apply = this.#appliers[effect.type] as undefined | ((e: Effect, c?: Connection) => void);
    apply?.(effect, source);
  }

  /** The addresses that an account is connected from, without this machine's own. */
  addressesOf(account: Account): string[] {
    const live = this.#options.hub.presence.connectionsOf(account);
    // Every client behind a proxy that the settings do not name has this machine's address.
    return [...new Set(live.map(({ address }) => address).filter((one) => !isLoopback(one)))];
  }

  #createAppliers(): Appliers {
    return {
      ...this.#membershipAppliers(),
      ...this.#roomAppliers(),
      ...this.#accountAppliers(),
      ...this.#deviceAppliers(),
      profile: ({ account, profile }, source) => {
        const { hub, clock } = this.#options;
        const frame = { type: "profile", ...profileTag(account, profile, clock.now()) } as const;
        hub.presenceSubscriptions.tellWatchers(account, frame, source);
        this.#tellDevices(account, frame, source);
      },
      reported: ({ id }) => void this.#tellReported(id),
      report_resolved: ({ id }, source) => {
        this.#tellModerators({ type: "report_resolved", id }, source);
      },
      server_changed: (effect) => this.#options.hub.presenceSubscriptions.announce(effect),
      emoji_changed: (effect) => this.#options.hub.presenceSubscriptions.announce(effect),
      // Groups are read before the effect is applied.
      groups_changed: () => {},
    };
  }

  #membershipAppliers(): Pick<Appliers, "member_added" | "member_removed"> {
    const { hub } = this.#options;
    const { rooms } = hub;
    return {
      member_added: ({ room: id, name, publicId, account }, source) => {
        const joined = { type: "member_joined", room: name, room_id: publicId } as const;
        const notice = { ...joined, ...personTag(account) };
        rooms.whenLoaded(id, (room) => {
          room.add(account);
          room.notify({ ...notice, member_count: room.memberCount });
        });
        // The member's other devices are not subscribed yet and have to learn of the room.
        this.#tellDevices(account, notice, source);
      },

      member_removed: ({ room: id, name, publicId, account, by, host }, source) => {
        const place = { room: name, room_id: publicId };
        rooms.whenLoaded(id, (room) => {
          rooms.removeMember(room, account);
          if (host !== undefined) room.host = host;
          for (const connection of hub.connections.of(account.id)) {
            // Invariant S1: unsubscribed before anything else is published. Reads in progress compare
            // the revision.
            connection.membershipRevision += 1;
            hub.unsubscribe(connection, room);
          }
          const person = { name: account.name, id: account.publicId };
          const { memberCount: member_count } = room;
          room.notify({ type: "member_left", ...place, ...person, member_count });
        });
        const reason = by === undefined ? {} : { by: by.name, by_id: by.publicId };
        this.#tellDevices(account, { type: "left", ...place, ...reason }, source);
      },
    };
  }

  #roomAppliers(): Pick<Appliers, "room_changed" | "room_deleted" | "said" | "typing"> {
    const { hub, clock } = this.#options;
    const { rooms } = hub;
    return {
      room_changed: ({ record }) => {
        rooms.whenLoaded(record.id, (room) => room.setRecord(record));
      },

      room_deleted: ({ room: id, publicId, name, isPublic, by }, source) => {
        const known = rooms.peek(id);
        const members = known === null ? [] : [...known.members()];
        const informed = isPublic
          ? hub.connections.all()
          : members.flatMap((account) => hub.connections.of(account.id));
        rooms.whenLoaded(id, (room) => this.#close(room));
        const place = { room_id: publicId, ...(name === undefined ? {} : { room: name }) };
        const actor = by === undefined ? {} : { by: by.name, by_id: by.publicId };
        const notice = { type: "room_deleted", ...place, ...actor } as const;
        for (const connection of informed) if (connection !== source) hub.tell(connection, notice);
      },

      said: ({ room: id, account }) => {
        rooms.whenLoaded(id, (room) => room.recordMessage(account, clock.elapsed()));
      },

      typing: ({ room: id, account, thread }) => {
        rooms.whenLoaded(id, (room) => {
          const person = { ...personTag(account), ...(thread === undefined ? {} : { thread }) };
          if (!room.isDirect) {
            return room.notify({ type: "typing", ...roomTag(room, account), ...person });
          }
          for (const other of room.members()) {
            if (other.id === account.id) continue;
            this.#tellDevices(other, { type: "typing", ...roomTag(room, other), ...person });
          }
        });
      },
    };
  }

  /** Closes a deleted room: nobody is in it any more. */
  #close(room: Room): void {
    const { hub } = this.#options;
    room.isDeleted = true;
    for (const account of [...room.members()]) {
      for (const connection of hub.connections.of(account.id)) {
        // Reads in progress compare it.
        connection.membershipRevision += 1;
        hub.unsubscribe(connection, room);
      }
      room.remove(account);
    }
    hub.rooms.forget(room);
  }

  #accountAppliers(): Pick<
    Appliers,
    | "muted"
    | "blocked"
    | "role_changed"
    | "account_changed"
    | "signed_out"
    | "banned"
    | "unbanned"
    | "retired"
    | "erased"
  > {
    const { hub, moderation } = this.#options;
    return {
      muted: ({ account, until }) => {
        moderation.mute(account, until);
        const { name, publicId: id } = account;
        this.#tellDevices(account, { type: "muted", name, id, until });
      },

      blocked: ({ account, other, on }, source) => {
        moderation.block(account, other, on);
        this.#tellDevices(account, blocks(moderation.blockedBy(account)), source);
      },

      role_changed: ({ account }) => {
        moderation.noteRole();
        hub.changeRole(account);
      },

      account_changed: ({ account }) => {
        moderation.setAccount(account);
        hub.changeAccount(account);
      },

      signed_out: ({ account, session }) => hub.dropAccount(account, "signed_out", session),

      unbanned: ({ account }) => moderation.ban(account, false),

      banned: ({ account, reason, addresses, everywhere }) => {
        moderation.ban(account, true);
        const { name, publicId: id } = account;
        if (reason !== "") this.#tellDevices(account, { type: "banned", name, id, reason });
        const found = this.addressesOf(account).filter((one) => !addresses.includes(one));
        hub.dropAccount(account, "banned");
        // Every other account and guest from the banned addresses has to go too.
        hub.dropAll(
          "banned",
          (one) => addresses.includes(one.address) && !isModerator(one.account),
        );
        if (everywhere !== null && found.length > 0) void this.#banFrom(account, found, everywhere);
      },

      retired: ({ account }) => {
        hub.dropAccount(account, "signed_out");
        hub.rooms.removeEverywhere(account);
      },

      erased: ({ account }) => {
        moderation.forget(account);
        hub.dropAccount(account, "signed_out");
        hub.rooms.removeEverywhere(account);
        hub.showAccount(account);
      },
    };
  }

  #deviceAppliers(): Pick<
    Appliers,
    | "read"
    | "thread_followed"
    | "unread"
    | "level"
    | "quiet"
    | "personal"
    | "invited"
    | "invitation_declined"
  > {
    return {
      personal: ({ account, change }, source) => void this.#tellPersonal(account, change, source),

      read: ({ record, account, seq, thread }, source) => {
        const where = {
          ...recordTag(record, account),
          ...(thread === undefined ? {} : { thread }),
        };
        this.#tellDevices(account, { type: "read", ...where, seq }, source);
      },

      thread_followed: ({ record, account, thread, on }, source) => {
        const place = recordTag(record, account);
        this.#tellDevices(account, { type: "thread_followed", ...place, thread, on }, source);
      },

      unread: ({ record, account, state }, source) => {
        this.#tellDevices(account, markedUnread(record, account, state), source);
      },

      level: ({ record, account, level }, source) => {
        this.#tellDevices(account, { type: "level", ...recordTag(record, account), level }, source);
      },

      quiet: ({ account, quiet }, source) => {
        this.#tellDevices(account, { type: "quiet", ...quiet }, source);
      },

      invited: ({ record, account, by }) => {
        this.#tellDevices(account, { type: "invitation", ...invitationTag(record, by) });
      },

      invitation_declined: ({ record, account }, source) => {
        const place = recordTag(record, account);
        this.#tellDevices(account, { type: "invitation_declined", ...place }, source);
      },
    };
  }

  /** Tells the moderators of a report. */
  async #tellReported(id: string): Promise<void> {
    const { store, log } = this.#options;
    try {
      const report = await store.reportById(id);
      const [listing] = report === null ? [] : await reportListings(store, [report]);
      if (listing !== undefined) this.#tellModerators({ type: "report", ...listing });
    } catch (error) {
      log.error("cannot tell moderators of a report", error);
    }
  }

  #tellModerators(frame: ServerFrame, except?: Connection): void {
    const { hub } = this.#options;
    for (const connection of hub.connections.all()) {
      if (connection !== except && isModerator(connection.account)) hub.tell(connection, frame);
    }
  }

  /** Tells a user's devices what they keep for themselves, as it is now. */
  async #tellPersonal(
    account: Account,
    change: PersonalChange,
    source: Connection | undefined,
  ): Promise<void> {
    const { hub, store, log } = this.#options;
    const others = () => hub.presence.connectionsOf(account).filter((one) => one !== source);
    if (others().length === 0) return;
    try {
      const frame = await personalFrame(store, account, change);
      if (frame !== null) { for (const connection of others()) hub.tell(connection, frame); }
    } catch (error) {
      log.error("cannot tell devices of a change", error);
    }
  }

  #tellDevices(account: Account, frame: ServerFrame, except?: Connection): void {
    const { hub } = this.#options;
    for (const connection of hub.presence.connectionsOf(account)) {
      if (connection !== except) hub.tell(connection, frame);
    }
  }

  /** Bans the addresses at which this instance saw an account that another instance banned. */
  async #banFrom(
    account: Account,
    addresses: readonly string[],
    ban: { readonly reason: string; readonly at: number },
  ): Promise<void> {
    const { store, log } = this.#options;
    try {
      for (const address of addresses) await store.ban({ account: account.id, address, ...ban });
      this.emit({ type: "banned", account, addresses, reason: ban.reason, everywhere: null });
    } catch (error) {
      log.error("cannot ban addresses", error);
    }
  }
}
