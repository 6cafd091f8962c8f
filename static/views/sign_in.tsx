/** The sign-in page. A name is enough to sign up; a name that has a password asks for it. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { type ApiRefusal, isRefused, type Session, signIn } from "../net/api.ts";
import { turnOffReminder } from "../storage/sign_in_reminder.ts";
import { hasPasskeys, signInByPasskey } from "../session/passkeys.ts";
import { serverName } from "../state/selectors.ts";
import type { PageState } from "../state/reducer.ts";
import { strings } from "../strings/strings.ts";
import { signInStrings } from "../strings/sign_in.ts";
import { Icon } from "./shared/parts.tsx";
import { ProviderButtons } from "./shared/provider_buttons.tsx";
import { type Task, useTask } from "./shared/task.ts";
import { Field } from "./shared/text_field.tsx";

/** Who may sign up: anyone, users with an invitation, or nobody. */
type Mode = "open" | "invited" | "closed";

function modeOf({ invite, server }: PageState): Mode {
  if (invite !== undefined) return "invited";
  return server?.signUp === "invite" ? "closed" : "open";
}

function inWords(refusal: ApiRefusal): ApiRefusal {
  const t = signInStrings.signIn;
  const { code } = refusal;
  if (code === "name_taken") return { code, detail: t.taken };
  if (code === "name_reserved") return { code, detail: t.reserved };
  if (code !== "bad_request") return refusal;
  return {
    code,
    detail: t.malformed({ nameMax: LIMITS.name_length, passwordMin: LIMITS.password_length_min }),
  };
}

/** The props of the sign-in page. */
export interface SignInProps {
  readonly state: PageState;
  /** Receives the session, and the invitation if the session has not used it. */
  readonly onSession: (session: Session, invite?: string) => void;
}

/** The sign-in page. */
export function SignIn(props: SignInProps) {
  const { invite, notice = "", server } = props.state;
  const { providers = [], signIn = "any" } = server ?? {};
  const onlyProviders = signIn === "providers";
  const mode = modeOf(props.state);
  const task = useTask();
  const t = signInStrings.signIn;

  async function byPasskey() {
    const session = await task.run(signInByPasskey);
    if (session !== undefined) props.onSession(session, invite);
  }

  const ways = (
    <>
      {mode === "closed" && hasPasskeys && <PasskeyButton task={task} onClick={byPasskey} />}
      {mode === "closed" && hasPasskeys && <Or />}
      <NameForm mode={mode} invite={invite} notice={notice} task={task} {...props} />
      {mode !== "closed" && hasPasskeys && <Or />}
      {mode !== "closed" && hasPasskeys && <PasskeyButton task={task} onClick={byPasskey} />}
    </>
  );
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>{serverName(props.state)}</h1>
        <p class="quiet">{onlyProviders ? t.onlyProviders : t[mode]}</p>
        <ProviderButtons
          {...{ providers, invite, task }}
          purpose="sign_in"
          label={t.provider}
        />
        {onlyProviders && <p class="form-error" role="alert">{task.error || notice}</p>}
        {providers.length > 0 && !onlyProviders && <Or />}
        {!onlyProviders && ways}
      </div>
    </main>
  );
}

function PasskeyButton({ task, onClick }: { task: Task; onClick: () => void }) {
  return (
    <button type="button" class="with-icon" disabled={task.busy} onClick={onClick}>
      <Icon name="key" />
      {signInStrings.signIn.passkey}
    </button>
  );
}

function Or() {
  return <p class="or quiet" aria-hidden="true">{signInStrings.signIn.or}</p>;
}

function NameForm(props: {
  mode: Mode;
  invite: string | undefined;
  notice: string;
  task: Task;
  onSession: (session: Session) => void;
}) {
  const { mode, task } = props;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [withPassword, unfold] = useState(mode === "closed");
  const [notice, setNotice] = useState(props.notice);
  const t = signInStrings.signIn;

  async function submit(event: Event) {
    event.preventDefault();
    setNotice("");
    const session = await task.run(async () => {
      const answer = await signIn(name.trim(), password, props.invite);
      if (!isRefused(answer)) return answer;
      if (answer.code === "name_taken") unfold(true);
      return inWords(answer);
    });
    if (session === undefined) return;
    if (password !== "") turnOffReminder(session.name);
    props.onSession(session);
  }

  return (
    <form onSubmit={submit}>
      <Field
        label={t.name}
        value={name}
        onInput={setName}
        autocomplete="username"
        maxLength={LIMITS.name_length}
        required
        autofocus
      />
      {withPassword
        ? (
          <Field
            label={t.password}
            {...(mode === "closed" ? {} : { note: strings.optional, hint: t.passwordHint })}
            type="password"
            value={password}
            onInput={setPassword}
            autocomplete="current-password"
            required={mode === "closed"}
          />
        )
        : (
          <button type="button" class="link fold" onClick={() => unfold(true)}>
            {t.usePassword}
          </button>
        )}
      <p class="form-error" role="alert">{task.error || notice}</p>
      <button type="submit" class="primary" disabled={task.busy}>
        {task.busy ? t.busy : mode === "closed" ? t.signIn : t.submit}
      </button>
    </form>
  );
}
