/**
 * What changes in memory once something is stored, at every instance alike: a command writes to
 * the store, and then emits what follows from it as an effect. Each effect is a plain JSON value,
 * so that it can be told to the other instances; here and there it is applied in the same way.
 *
 * Applying an effect twice, or one whose room is not loaded, does no harm: whatever is not in
 * memory is read from the store when it is needed.
 *
 * @module
 */
import { isLoopback } from "./addresses.ts";
import { guestTag } from "./answers.ts";
import type { Clock } from "./clock.ts";
import type { Voice } from "./cluster/notices.ts";
import type { Connection } from "./connection.ts";
import type { Log } from "./log.ts";
import { isModerator, type Moderation } from "./moderation.ts";
import type { Presence } from "./presence.ts";
import type { CloseName, ServerFrame } from "./protocol.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room_cache.ts";
import type { Account, Store } from "./store/store.ts";

/** Names a room to those who have it in memory, and to those who have not. */
interface Place {
  readonly room: number;
  readonly name: string;
}

/** Something that follows from what was stored. */
export type Effect =
  | Place & { readonly type: "member_added"; readonly account: Account }
  | Place & {
    readonly type: "member_removed";
    readonly account: Account;
    /** The moderator who put them out, if they did not leave by themselves. */
    readonly by?: string;
  }
  | Place & { readonly type: "room_changed"; readonly locked: boolean; readonly slowMs: number }
  /** Somebody said something in a slowed room. */
  | { readonly type: "said"; readonly room: number; readonly account: Account }
  | { readonly type: "muted"; readonly account: Account; readonly until: number }
  | {
    readonly type: "blocked";
    readonly account: Account;
    readonly other: Account;
    readonly on: boolean;
  }
  /** Somebody has another role: the one of `account`. */
  | { readonly type: "role_changed"; readonly account: Account }
  | { readonly type: "signed_out"; readonly account: Account; readonly session: string }
  | {
    readonly type: "banned";
    readonly account: Account;
    /** Banned with them; who comes from there is put out too. */
    readonly addresses: readonly string[];
    /** Whether the addresses from which they are at other instances are to be banned as well. */
    readonly everywhere: { readonly reason: string; readonly at: number } | null;
  }
  /** A guest or a bot is no more. */
  | { readonly type: "retired"; readonly account: Account }
  /** For all devices of somebody; it is no loss where one of them does not get it. */
  | { readonly type: "told"; readonly account: Account; readonly frame: ServerFrame }
  /** For all who follow a room; no loss either. */
  | { readonly type: "room_told"; readonly room: number; readonly frame: ServerFrame };

type EffectOf<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** What effects need of the hub. */
export interface EffectHub {
  /** The rooms that are in use. */
  readonly rooms: RoomCache;
  /** Who is here. */
  readonly presence: Presence<Connection>;
  /** Tells a connection something. */
  tell(connection: Connection, frame: ServerFrame): void;
  /** Makes a connection follow a room no more. */
  unfollow(connection: Connection, room: Room): void;
  /** Ends a person's connections: all, or those that stand on one session. */
  dropPerson(account: Account, reason: CloseName, session?: string): void;
  /** Ends the connections of which something is true. */
  dropAll(reason: CloseName, fits: (connection: Connection) => boolean): void;
  /** A person has another role from now on. */
  changeRole(account: Account): void;
}

/** What effects are made with. */
export interface EffectOptions {
  readonly hub: EffectHub;
  readonly store: Store;
  readonly moderation: Moderation;
  /** Tells the other instances. */
  readonly voice: Voice;
  readonly clock: Clock;
  readonly log: Log;
}

type Appliers = {
  readonly [T in Effect["type"]]: (effect: EffectOf<T>, asker?: Connection) => void;
};

/** Makes things take effect. */
export class Effects {
  readonly #options: EffectOptions;
  readonly #appliers: Appliers;

  constructor(options: EffectOptions) {
    this.#options = options;
    this.#appliers = this.#createAppliers();
  }

  /**
   * Something was stored: it takes effect here and at all other instances.
   *
   * @param asker The connection whose command it was: it gets an answer in place of a notice.
   */
  emit(effect: Effect, asker?: Connection): void {
    const { voice, hub } = this.#options;
    this.apply(effect, asker);
    // Where somebody is nowhere else, nobody else can tell them.
    if (effect.type === "told" && !hub.presence.isElsewhere(effect.account)) return;
    voice.tell({ type: "effect", effect });
  }

  /** Makes something take effect in this instance; not what only a newer version knows. */
  apply(effect: Effect, asker?: Connection): void {
    // The table pairs each type with its own function, which TypeScript cannot follow here.
    const apply = this.#appliers[effect.type] as undefined | ((e: Effect, c?: Connection) => void);
    apply?.(effect, asker);
  }

  /** Where somebody is connected from, but for this machine itself. */
  addressesOf(account: Account): string[] {
    const live = this.#options.hub.presence.connectionsOf(account);
    // Everybody who comes through a proxy that the settings do not name comes from this machine.
    return [...new Set(live.map(({ address }) => address).filter((one) => !isLoopback(one)))];
  }

  #createAppliers(): Appliers {
    const { hub, moderation, clock } = this.#options;
    const { rooms } = hub;
    return {
      member_added: ({ room: id, name, account }, asker) => {
        const joined = { type: "member_joined", room: name, name: account.name } as const;
        const notice = { ...joined, ...guestTag(account) };
        rooms.whenLoaded(id, (room) => {
          room.add(account);
          room.notify(notice);
        });
        // Their other devices do not follow the room yet, and should know of it.
        this.#tellDevices(account, notice, asker);
      },

      member_removed: ({ room: id, name, account, by }, asker) => {
        rooms.whenLoaded(id, (room) => {
          room.remove(account);
          for (const connection of hub.presence.connectionsOf(account)) {
            connection.partings += 1;
            hub.unfollow(connection, room);
          }
          room.notify({ type: "member_left", room: name, name: account.name });
        });
        const reason = by === undefined ? {} : { by };
        this.#tellDevices(account, { type: "left", room: name, ...reason }, asker);
      },

      room_changed: ({ room: id, name, locked, slowMs }) => {
        rooms.whenLoaded(id, (room) => {
          room.setRules({ locked, slowMs });
          const slow_seconds = slowMs / 1_000;
          room.notify({ type: "room_changed", room: name, locked, slow_seconds });
        });
      },

      said: ({ room: id, account }) => {
        rooms.whenLoaded(id, (room) => room.noteSaying(account, clock.elapsed()));
      },

      muted: ({ account, until }) => {
        moderation.mute(account, until);
        this.#tellDevices(account, { type: "muted", name: account.name, until });
      },

      blocked: ({ account, other, on }, asker) => {
        moderation.block(account, other, on);
        const names = moderation.blockedBy(account);
        this.#tellDevices(account, { type: "blocks", names }, asker);
      },

      role_changed: ({ account }) => hub.changeRole(account),

      signed_out: ({ account, session }) => hub.dropPerson(account, "signed_out", session),

      banned: ({ account, addresses, everywhere }) => {
        const found = this.addressesOf(account).filter((one) => !addresses.includes(one));
        hub.dropPerson(account, "banned");
        // Who is kept out must not be in: under another name, or as a guest.
        hub.dropAll(
          "banned",
          (one) => addresses.includes(one.address) && !isModerator(one.account),
        );
        if (everywhere !== null && found.length > 0) void this.#banFrom(account, found, everywhere);
      },

      retired: ({ account }) => {
        hub.dropPerson(account, "signed_out");
        rooms.removeEverywhere(account);
      },

      told: ({ account, frame }, asker) => this.#tellDevices(account, frame, asker),

      room_told: ({ room: id, frame }) => rooms.whenLoaded(id, (room) => room.notify(frame)),
    };
  }

  #tellDevices(account: Account, frame: ServerFrame, except?: Connection): void {
    const { hub } = this.#options;
    for (const connection of hub.presence.connectionsOf(account)) {
      if (connection !== except) hub.tell(connection, frame);
    }
  }

  /** Bans the addresses from which somebody was here whom another instance has banned. */
  async #banFrom(
    account: Account,
    addresses: readonly string[],
    ban: { readonly reason: string; readonly at: number },
  ): Promise<void> {
    const { store, log } = this.#options;
    try {
      for (const address of addresses) await store.ban({ account: account.id, address, ...ban });
      this.emit({ type: "banned", account, addresses, everywhere: null });
    } catch (error) {
      log.error("cannot ban addresses", error);
    }
  }
}
