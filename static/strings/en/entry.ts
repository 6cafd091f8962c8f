/**
 * The way in and out.
 *
 * @module
 */
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");

/** In English. */
export const entry = {
  signIn: {
    open: "Pick a name and start chatting.",
    invited: "You are invited: pick a name.",
    closed: "You need an invitation link. Already here? Use your passkey or password.",
    name: "Your name",
    password: "Password",
    usePassword: "Use a password",
    passwordHint: "With a password you can come back under this name from anywhere.",
    submit: "Start chatting",
    signIn: "Sign in",
    passkey: "Sign in with a passkey",
    or: "or",
    busy: "One moment…",
    taken: "This name is taken. If it is yours, sign in with its passkey or password.",
    badLink:
      "This link is used up or expired. Make another one on the device that you use already.",
    wait: (seconds: number) =>
      seconds < 90
        ? `Too many tries. Please wait ${plural(seconds, "second", "seconds")}.`
        : `Too many tries. Please wait ${plural(Math.ceil(seconds / 60), "minute", "minutes")}.`,
    malformed: (name: number, password: number) =>
      `A name has at most ${name} letters and digits, a password at least ${password} characters.`,
    failed: "That did not work. Please try again.",
    unreachable: "The server cannot be reached.",
  },
  passkey: {
    cancelled: "Nothing was done: the browser's question was not answered.",
    known: "There is a passkey for this name on this device already.",
    unavailable: "Passkeys do not work at this address: they need https, or localhost.",
  },
  entry: {
    owner: (server: string) =>
      `You own ${server} now. Invite people from the menu beside its name.`,
    redeemed: "Your invitation was accepted.",
    alreadyIn: (name: string) =>
      `You are here as ${name} already. Sign out first to use a link for another device.`,
  },
  keepName: {
    label: "Reminder",
    ask: "Keep your name:",
    passkey: "add a passkey",
    password: "set a password",
    why: "so that you can come back as yourself.",
  },
  ended: {
    signedOut: "You were signed out.",
    banned: "You have been banned from this server.",
    other: "The server ended the connection.",
  },
};
