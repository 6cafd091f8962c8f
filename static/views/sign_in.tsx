/** The way in: a name, and a password for whoever wants to come back under it. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol.ts";
import { type Session, signIn, type SignInRefusal } from "../api.ts";
import { strings } from "../strings.ts";
import { Field } from "./parts.tsx";

/** The invitation in the page's address, where sign-up needs one. */
function inviteInAddress(): string | undefined {
  return new URLSearchParams(location.search).get("invite") ?? undefined;
}

/** What the server's check asks of a password; it is told only when a name or password fails it. */
const passwordMin = 8;

function inWords({ code, detail }: SignInRefusal): string {
  const t = strings.signIn;
  if (code === "name_taken") return t.taken;
  return code === "bad_request" ? t.malformed(LIMITS.name_length, passwordMin) : detail;
}

/** The sign-in form. */
export function SignIn(props: { notice?: string; onSession: (session: Session) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState(props.notice ?? "");
  const [busy, setBusy] = useState(false);
  const t = strings.signIn;

  async function submit(event: Event) {
    event.preventDefault();
    setBusy(true);
    const answer = await signIn(name.trim(), password, inviteInAddress());
    setBusy(false);
    if ("role" in answer) props.onSession(answer);
    else setError(inWords(answer));
  }

  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>{strings.app}</h1>
        <p class="quiet">{strings.tagline}</p>
        <Field
          label={t.name}
          value={name}
          onInput={setName}
          autocomplete="username"
          maxLength={LIMITS.name_length}
          required
          autofocus
        />
        <Field
          label={t.password}
          note={t.optional}
          hint={t.passwordHint}
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
        />
        <p class="form-error" role="alert">{error}</p>
        <button type="submit" class="primary" disabled={busy}>{busy ? t.busy : t.submit}</button>
      </form>
    </main>
  );
}
