/**
 * Limits what one user may store: one table of quotas. Each quota is a setting, appears in
 * `welcome.limits` under the same name, and is named in the refusal of a request that exceeds it.
 *
 * Guests cost nothing: a guest that leaves and returns is a new guest. Quotas over time and frames are
 * therefore counted for all guests of an address together.
 *
 * @module
 */
import { isLoopback } from "../util/ip_address.ts";
import type { Clock } from "../util/clock.ts";
import { type Refusal } from "../protocol/errors.ts";
import { LIMITS, type Limits } from "../protocol/limits.ts";
import { type Rate, RateLimiter } from "../util/rate_limit.ts";
import type { Held } from "../store/consent.ts";
import type { Store } from "../store/store.ts";
import type { Account } from "../store/records.ts";

/** A quota. A limit of 0 switches it off. */
interface Quota {
  /** The help text of its setting. */
  readonly help: string;
  /** Words the refusal. */
  readonly message: (limit: number) => string;
}

function quota(help: string, message: (limit: string) => string): Quota {
  return { help, message: (limit) => message(limit.toLocaleString("en")) };
}

/** The quotas, by their names in `LIMITS`, which has their defaults. */
export const QUOTAS = {
  accounts_per_day: quota(
    "how many accounts can be made in a day from one address; 0 for no limit",
    (n) => `${n} accounts can be made in a day from one address`,
  ),
  rooms_per_user: quota(
    "how many rooms one user may create; 0 for no limit",
    (n) => `One user can create ${n} rooms`,
  ),
  rooms_per_day: quota(
    "how many rooms one user may create in a day, or all guests of one address; 0 for no limit",
    (n) => `One user can create ${n} rooms in a day`,
  ),
  memberships_per_user: quota(
    "how many rooms one user may be in; 0 for no limit",
    (n) => `One user can be in ${n} rooms`,
  ),
  conversations_per_day: quota(
    "how many new direct conversations one user may open in a day, or all guests of one " +
      "address; 0 for no limit",
    (n) => `One user can open ${n} new conversations in a day`,
  ),
  invitations_per_user: quota(
    "how many invitations to rooms may wait for the answer of one user; 0 for no limit",
    (n) => `${n} invitations can wait for the answer of one user`,
  ),
  invitations_per_day: quota(
    "how many users one user may add or invite to rooms in a day, or all guests of one " +
      "address; 0 for no limit",
    (n) => `One user can add or invite ${n} others in a day`,
  ),
  blocks_per_user: quota(
    "how many others one user may block; 0 for no limit",
    (n) => `One user can block ${n} others`,
  ),
  links_per_user: quota(
    "how many invitation links of one moderator may be valid; 0 for no limit",
    (n) => `${n} invitation links of one moderator can be valid`,
  ),
  saved_per_user: quota(
    "how many messages one user may have saved; 0 for no limit",
    (n) => `One user can have ${n} saved messages`,
  ),
  scheduled_per_user: quota(
    "how many messages of one user may wait to be sent later; 0 for no limit",
    (n) => `${n} messages of one user can wait to be sent`,
  ),
  reminders_per_user: quota(
    "how many reminders one user may have; 0 for no limit",
    (n) => `One user can have ${n} reminders`,
  ),
  text_per_day: quota(
    "how many bytes of messages, edits and reactions one user may store in a day, or all guests " +
      "of one address; each counts as 256 at least; 0 for no limit",
    (n) => `One user can store ${n} bytes of messages in a day`,
  ),
  files_per_user: quota(
    "how many bytes the files of one user may have; 0 for no limit",
    (n) => `The files of one user can have ${n} bytes`,
  ),
} as const satisfies Partial<Record<keyof Limits, Quota>>;

/** The name of a quota. */
export type QuotaName = keyof typeof QUOTAS;

/** The limits in force, by the name of their quota. */
export type QuotaValues = Readonly<Record<QuotaName, number>>;

/** The limits without any setting. */
export const DEFAULT_QUOTAS: QuotaValues = Object.fromEntries(
  Object.keys(QUOTAS).map((name) => [name, LIMITS[name as QuotaName]]),
) as QuotaValues;

/** Returns the flag of a quota: `rooms-per-user`. */
export function flagOf<N extends string>(name: N): Flag<N> {
  return name.replaceAll("_", "-") as Flag<N>;
}

/** The flag of a quota, as a type. */
export type Flag<N extends string> = N extends `${infer A}_${infer B}` ? `${A}-${Flag<B>}` : N;

/** Reads the limits from the settings. */
export function quotasOf(config: Readonly<Record<string, unknown>>): QuotaValues {
  const entries = Object.keys(QUOTAS).map((name) => [name, config[flagOf(name)]]);
  return Object.fromEntries(entries) as QuotaValues;
}

/** Creates the refusal of a request that exceeds a limit. */
function limitReached(name: QuotaName, limit: number, wait?: number): Refusal {
  return {
    code: "limit_reached",
    message: `${QUOTAS[name].message(limit)} (limit ${name}).`,
    ...(wait === undefined ? {} : { retry_after: wait }),
  };
}

/** The quotas over time: a day's worth at once, and then at a steady rate. */
const DAILY = [
  "accounts_per_day",
  "rooms_per_day",
  "conversations_per_day",
  "invitations_per_day",
  "text_per_day",
] as const;

/** The name of a quota over time. */
export type Daily = (typeof DAILY)[number];

/** The quotas on what one user holds at one time, with the name of the count in the store. */
const HELD = {
  rooms_per_user: "rooms",
  memberships_per_user: "memberships",
  invitations_per_user: "invitations",
  blocks_per_user: "blocks",
  links_per_user: "links",
  saved_per_user: "saved",
  scheduled_per_user: "scheduled",
  reminders_per_user: "reminders",
} as const satisfies Partial<Record<QuotaName, Held>>;

const DAY_S = 86_400;

/**
 * How many times more the loopback address may do than another address: all clients of a proxy that
 * `--proxies` does not list share it.
 */
const LOOPBACK_SHARE = 4;

/**
 * How many times more all members of an address may do than all its guests, on a server with open
 * sign-up.
 */
const MEMBERS_SHARE = 10;

/** The dependencies of `Quotas`. */
export interface QuotaOptions {
  readonly limits: QuotaValues;
  readonly store: Pick<Store, "held" | "fileBytesOf">;
  readonly clock: Clock;
  /** How fast one user may send frames. */
  readonly frames: Rate;
  /** How fast all guests of one address together may send frames. */
  readonly framesOfAddress: Rate;
  /** Whether everyone can sign up: then accounts cost as little as guests. */
  readonly openSignUp: boolean;
  /** Returns the address from which a user is connected, if any. */
  readonly addressOf: (account: Account) => string | undefined;
}

/** Counts what users do and what they hold. */
export class Quotas {
  readonly #options: QuotaOptions;
  readonly #frames: RateLimiter<number>;
  readonly #framesOfGuests: RateLimiter<string>;
  readonly #framesOfMembers: RateLimiter<string>;
  readonly #daily: ReadonlyMap<Daily, RateLimiter<number | string>>;

  constructor(options: QuotaOptions) {
    this.#options = options;
    const { limits, clock, frames, framesOfAddress: { perSecond, burst } } = options;
    this.#frames = new RateLimiter(frames, clock);
    // Without a limit for one user there is none for an address.
    const each = frames.perSecond === 0 ? 0 : perSecond;
    this.#framesOfGuests = new RateLimiter({ perSecond: each, burst }, clock);
    this.#framesOfMembers = new RateLimiter(
      { perSecond: options.openSignUp ? each : 0, burst },
      clock,
    );
    this.#daily = new Map(DAILY.map((name) => {
      const rate = { perSecond: limits[name] / DAY_S, burst: limits[name] };
      return [name, new RateLimiter<number | string>(rate, clock)];
    }));
  }

  /**
   * Counts a frame or a request.
   *
   * @param address The address of its sender, if the caller knows it.
   * @returns 0, or the milliseconds to wait.
   */
  countFrame(account: Account, address?: string): number {
    return this.#frames.take(account.id) || this.#countAtAddress(account, address);
  }

  #countAtAddress(account: Account, known: string | undefined): number {
    const isGuest = account.role === "guest";
    if (!isGuest && account.role !== "member") return 0;
    const limiter = isGuest ? this.#framesOfGuests : this.#framesOfMembers;
    if (limiter.isOff) return 0;
    const address = known ?? this.#options.addressOf(account);
    if (address === undefined) return 0;
    return limiter.take(address, shareAt(address) / (isGuest ? 1 : MEMBERS_SHARE));
  }

  /**
   * Counts an action against a quota over time.
   *
   * @param known The address of its sender, if the caller knows it.
   * @returns A refusal if it exceeds the limit.
   */
  take(name: Daily, account: Account, cost = 1, known?: string): Refusal | null {
    const limiter = this.#daily.get(name);
    if (limiter === undefined || limiter.isOff) return null;
    const address = account.role === "guest"
      ? known ?? this.#options.addressOf(account)
      : undefined;
    if (address !== undefined) return this.takeAt(name, address, cost);
    const wait = limiter.take(account.id, cost);
    return wait === 0 ? null : limitReached(name, this.#options.limits[name], wait);
  }

  /** Counts an action against the quota of an address. @returns A refusal, as `take`. */
  takeAt(name: Daily, address: string, cost = 1): Refusal | null {
    const limiter = this.#daily.get(name);
    if (limiter === undefined || limiter.isOff) return null;
    const wait = limiter.take(address, cost * shareAt(address));
    return wait === 0 ? null : limitReached(name, this.#options.limits[name], wait);
  }

  /** Returns why a user may not hold one more item of a kind, or `null`. */
  async refusesMore(name: keyof typeof HELD, { id }: Pick<Account, "id">): Promise<Refusal | null> {
    const limit = this.#options.limits[name];
    if (limit === 0) return null;
    const held = await this.#options.store.held(HELD[name], id, limit);
    return held < limit ? null : limitReached(name, limit);
  }

  /** Returns why the files of a user may not grow by a number of bytes, or `null`. */
  async refusesBytes({ id }: Account, bytes: number): Promise<Refusal | null> {
    const limit = this.#options.limits.files_per_user;
    if (limit === 0) return null;
    const held = await this.#options.store.fileBytesOf(id);
    return held + bytes <= limit ? null : limitReached("files_per_user", limit);
  }
}

/** Returns what part of a bound one action uses. */
function shareAt(address: string): number {
  return isLoopback(address) ? 1 / LOOPBACK_SHARE : 1;
}
