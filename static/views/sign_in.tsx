/** The sign-in page. A name is enough to sign up; an account takes a passkey or a password. */
import { useState } from "preact/hooks";
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { InvitePreview } from "../../lib/protocol/responses.ts";
import {
  type ApiRefusal,
  call,
  isRefused,
  type Session,
  signIn,
  type SignInIntent,
} from "../net/api.ts";
import { turnOffReminder } from "../storage/sign_in_reminder.ts";
import { hasPasskeys, signInByPasskey } from "../session/passkeys.ts";
import { serverIcon, serverName } from "../state/selectors.ts";
import type { PageState } from "../state/reducer.ts";
import { strings } from "../strings/strings.ts";
import { titleOf } from "../strings/format.ts";
import { preference, setPreference } from "../util/preferences.ts";
import { signInStrings } from "../strings/sign_in.ts";
import { Icon } from "./shared/parts.tsx";
import { ProviderButtons } from "./shared/provider_buttons.tsx";
import { Segments } from "./shared/segments.tsx";
import { type Task, useLoaded, useTask } from "./shared/task.ts";
import { Field } from "./shared/text_field.tsx";

/** Who may sign up: anyone, users with an invitation, or nobody. */
type Mode = "open" | "invited" | "closed";

function modeOf({ invite, server }: PageState): Mode {
  if (invite !== undefined) return "invited";
  return server?.signUp === "invite" ? "closed" : "open";
}

/** The errors of the fields. */
interface FieldErrors {
  readonly name?: string;
  readonly password?: string;
}

/** Returns the field that a refusal is about, with the reason; `undefined` if it is about none. */
function fieldErrors({ code }: ApiRefusal): FieldErrors | undefined {
  const t = signInStrings.signIn;
  const nameMax = LIMITS.name_length;
  switch (code) {
    case "name_taken":
      return { name: t.taken };
    case "name_reserved":
      return { name: t.reserved };
    case "no_such_user":
      return { name: t.unknown };
    case "bad_request":
      return { name: t.malformed({ nameMax, passwordMin: LIMITS.password_length_min }) };
    case "wrong_password":
      return { password: t.wrongPassword };
    default:
      return undefined;
  }
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
  const [intent, setIntent] = useState<SignInIntent>(
    mode === "closed" || preference("returning") !== undefined ? "sign_in" : "sign_up",
  );
  const task = useTask();
  const t = signInStrings.signIn;
  const isReturning = mode === "open" && intent === "sign_in";
  // The session is a cookie: an account that is made without one would be lost at once.
  if (navigator.cookieEnabled === false) {
    return (
      <main class="sign-in">
        <div class="sign-in-card">
          <h1>{serverName(props.state)}</h1>
          <p class="form-error" role="alert">{t.noCookies}</p>
        </div>
      </main>
    );
  }
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <img src={serverIcon(props.state)} alt="" width="56" height="56" />
        <h1>{serverName(props.state)}</h1>
        {onlyProviders || invite === undefined
          ? (
            <p class="quiet">
              {onlyProviders ? t.onlyProviders : t[isReturning ? "returning" : mode]}
            </p>
          )
          : <Invited state={props.state} invite={invite} />}
        <ProviderButtons
          {...{ providers, invite, task }}
          purpose="sign_in"
          label={t.provider}
        />
        {onlyProviders && <p class="form-error" role="alert">{task.error || notice}</p>}
        {providers.length > 0 && !onlyProviders && <Or />}
        {!onlyProviders && <Ways {...{ mode, intent, setIntent, task }} {...props} />}
      </div>
    </main>
  );
}

/** Who invites the user, and to what. */
function Invited({ state, invite }: { state: PageState; invite: string }) {
  const { value } = useLoaded(
    useTask(),
    () => call<InvitePreview>("POST", "/api/session/invite", { invite }),
  );
  const t = signInStrings.signIn;
  const { by, room } = value ?? {};
  if (!by) return <p class="quiet">{t.invited}</p>;
  const server = serverName(state);
  return (
    <p>
      {room === undefined
        ? t.invitedBy({ name: by, server })
        : t.invitedTo({ name: by, server, room: titleOf(room) })}
    </p>
  );
}

/** Tells new users from those who have an account: a typo in a name must not create an account. */
function Ways(
  props: SignInProps & {
    mode: Mode;
    intent: SignInIntent;
    setIntent: (intent: SignInIntent) => void;
    task: Task;
  },
) {
  const { mode, intent, setIntent, task, state: { invite } } = props;
  const isClosed = mode === "closed";
  const [name, setName] = useState("");
  const t = signInStrings.signIn;
  const enter = (session: Session, rest?: string) => {
    setPreference("returning", "yes");
    props.onSession(session, rest);
  };
  const byPasskey = async () => {
    const session = await task.run(signInByPasskey);
    if (session !== undefined) enter(session, invite);
  };
  return (
    <>
      {!isClosed && (
        <fieldset aria-label={t.who}>
          <Segments
            options={[["sign_up", t.isNew], ["sign_in", t.isKnown]]}
            value={intent}
            onChange={setIntent}
          />
        </fieldset>
      )}
      {intent === "sign_in" && hasPasskeys && (
        <>
          <button
            type="button"
            class="with-icon"
            disabled={task.busy}
            onClick={() => void byPasskey()}
          >
            <Icon name="key" />
            {t.passkey}
          </button>
          <Or />
        </>
      )}
      <NameForm
        key={intent}
        {...{ intent, name, setName, task, invite }}
        notice={props.state.notice ?? ""}
        onSession={enter}
      />
      {intent === "sign_in" && <p class="quiet hint">{t.lost}</p>}
    </>
  );
}

function Or() {
  return <p class="or quiet" aria-hidden="true">{signInStrings.signIn.or}</p>;
}

function NameForm(props: {
  intent: SignInIntent;
  name: string;
  setName: (name: string) => void;
  invite: string | undefined;
  notice: string;
  task: Task;
  onSession: (session: Session, invite?: string) => void;
}) {
  const { intent, name, invite, task } = props;
  const isNew = intent === "sign_up";
  const [password, setPassword] = useState("");
  const [withPassword, unfold] = useState(!isNew);
  const [notice, setNotice] = useState(props.notice);
  const [errors, setErrors] = useState<FieldErrors>({});
  const t = signInStrings.signIn;

  async function submit(event: Event) {
    event.preventDefault();
    setNotice("");
    setErrors({});
    const session = await task.run(async () => {
      const answer = await signIn(name.trim(), {
        intent,
        ...(password === "" ? {} : { password }),
        // A user with an account redeems the invitation once they are signed in.
        ...(isNew && invite !== undefined ? { invite } : {}),
      });
      if (!isRefused(answer)) return answer;
      const found = fieldErrors(answer);
      if (found === undefined) return answer;
      setErrors(found);
      return { ...answer, detail: "" };
    });
    if (session === undefined) return;
    if (password !== "") turnOffReminder(session.name);
    props.onSession(session, isNew ? undefined : invite);
  }

  return (
    <form onSubmit={submit}>
      <Field
        label={t.name}
        value={name}
        onInput={props.setName}
        error={errors.name}
        autocomplete="username"
        maxLength={LIMITS.name_length}
        required
        autofocus
      />
      {withPassword
        ? (
          <Field
            label={t.password}
            {...(isNew
              ? {
                note: strings.optional,
                hint: t.passwordHint,
                minLength: LIMITS.password_length_min,
              }
              : {})}
            type="password"
            value={password}
            onInput={setPassword}
            error={errors.password}
            autocomplete={isNew ? "new-password" : "current-password"}
            required={!isNew}
          />
        )
        : (
          <button type="button" class="link fold" onClick={() => unfold(true)}>
            {t.addPassword}
          </button>
        )}
      <p class="form-error" role="alert">{task.error || notice}</p>
      <button type="submit" class="primary" disabled={task.busy}>
        {task.busy ? t.busy : isNew ? t.submit : t.signIn}
      </button>
    </form>
  );
}
