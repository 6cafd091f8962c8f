/**
 * The way in and out.
 *
 * @module
 */
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");

/** In English. */
export const entry = {
  refused: {
    badLink:
      "This link is used up or expired. Make another one on the device that you use already.",
    wait: (seconds: number) =>
      seconds < 90
        ? `Too many tries. Please wait ${plural(seconds, "second", "seconds")}.`
        : `Too many tries. Please wait ${plural(Math.ceil(seconds / 60), "minute", "minutes")}.`,
    failed: "That did not work. Please try again.",
    unreachable: "The server cannot be reached.",
  },
  entry: {
    owner: (server: string) =>
      `You own ${server} now. Invite people from the menu beside its name.`,
    redeemed: "Your invitation was accepted.",
    alreadyIn: (name: string) =>
      `You are here as ${name} already. Sign out first to use a link for another device.`,
  },
  ended: {
    signedOut: "You were signed out.",
    banned: "You have been banned from this server.",
    other: "The server ended the connection.",
  },
};
