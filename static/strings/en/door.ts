/**
 * The sign-in page, and passkeys.
 *
 * @module
 */

/** In English. */
export const door = {
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
    malformed: (name: number, password: number) =>
      `A name has at most ${name} letters and digits, a password at least ${password} characters.`,
  },
  passkey: {
    cancelled: "Nothing was done: the browser's question was not answered.",
    known: "There is a passkey for this name on this device already.",
    unavailable: "Passkeys do not work at this address: they need https, or localhost.",
  },
};

/** The shape of such a catalogue. */
export type Door = typeof door;
