/** The users, for owners: finding one, and what an owner can do for or to them. */
import { useEffect, useState } from "preact/hooks";
import type { Role } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import type { PersonListing, SignInLink } from "../../../lib/protocol/responses.ts";
import {
  changePerson,
  endSessions,
  erasePerson,
  exportAddress,
  listPeople,
  makeSignInLink,
} from "../../session/account.ts";
import { isRefused } from "../../net/api.ts";
import { labelOf } from "../../strings/deferred_format.ts";
import { sizeOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { useChoice } from "../shared/choices.tsx";
import { CopyField } from "../shared/copy.tsx";
import { Avatar, Icon } from "../shared/parts.tsx";
import { QrCode } from "../shared/qr.tsx";
import { Select } from "../shared/select.tsx";
import { type FieldOfCode, type Task, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { Question } from "./question.tsx";

/** The roles that an owner can give. */
const roles: readonly Role[] = ["owner", "moderator", "member"];

/** The users in pages, or one of them. */
export function People({ me }: { me: string | undefined }) {
  const task = useTask();
  const [query, search] = useState("");
  const [found, setFound] = useState<readonly PersonListing[]>();
  const [next, setNext] = useState<string>();
  const [chosen, choose] = useState<PersonListing>();
  const t = deferredStrings.manage.people;

  async function load(after?: string) {
    const page = await task.run(() => listPeople(query.trim(), after));
    if (page === undefined) return;
    setFound([...after === undefined ? [] : found ?? [], ...page.people]);
    setNext(page.next);
  }
  useEffect(() => void load(), [query]);

  if (chosen !== undefined) {
    return (
      <Person
        person={chosen}
        isMe={chosen.id === me}
        onChanged={choose}
        onBack={() => {
          choose(undefined);
          void load();
        }}
      />
    );
  }
  return (
    <>
      <Field label={t.search} type="search" value={query} onInput={search} />
      <p class="form-error" role="alert">{task.error}</p>
      {found?.length === 0 && <p class="quiet">{strings.sidebar.noMatch}</p>}
      <ul class="listing">
        {found?.map((person) => (
          <li key={person.id}>
            <Avatar name={person.name} />
            <span class="listed">
              <strong dir="auto">{person.name}</strong>
              <small>{aboutOf(person)}</small>
            </span>
            {person.role !== "guest" && (
              <button type="button" onClick={() => choose(person)}>
                {t.manage}
                <span class="sr-only">{person.name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {next !== undefined && (
        <button
          type="button"
          disabled={task.busy}
          onClick={() => void load(next)}
        >
          {t.more}
        </button>
      )}
    </>
  );
}

/** The role and the state of a user, in words. */
function aboutOf({ role, online, deactivated, use }: PersonListing): string {
  const t = deferredStrings.manage.people;
  const seen = use?.seen_at == null ? "" : t.seen({ time: whenOf(use.seen_at, Date.now()) });
  const state = deactivated ? t.deactivated : online ? t.online : seen;
  const has = use === undefined ? [] : [
    role === "guest" ? "" : t.devices({ count: use.devices }),
    use.passkeys > 0 ? t.passkeys({ count: use.passkeys }) : "",
    use.password ? t.password : "",
    use.file_bytes > 0 ? sizeOf(use.file_bytes) : "",
  ];
  return joined([strings.roles[role] ?? role, state, ...has], " · ");
}

interface PersonProps {
  readonly person: PersonListing;
  readonly isMe: boolean;
  readonly onChanged: (person: PersonListing) => void;
  readonly onBack: () => void;
}

function Person({ person, isMe, onChanged, onBack }: PersonProps) {
  const task = useTask(NAME_REFUSALS);
  const t = deferredStrings.manage.people;
  const change: ChangePerson = async (what) => {
    const changed = await changePerson(person.id, what);
    if (!isRefused(changed)) onChanged(changed);
    return changed;
  };
  const isBot = person.role === "bot";
  return (
    <>
      <button type="button" class="page-back" onClick={onBack}>
        <Icon name="left" />
        {t.back}
      </button>
      <p class="card-head">
        <Avatar name={person.name} />
        <strong dir="auto">{person.name}</strong>
        <span>{aboutOf(person)}</span>
      </p>
      {!isBot && !isMe && <NewLink person={person} />}
      <Rename
        key={person.name}
        name={person.name}
        hint={t.renameHint}
        task={task}
        onRename={(name) => void task.run(() => change({ name }))}
      />
      {!isBot && <RoleChoice role={person.role} change={change} />}
      <section class="card-section">
        <a class="button" href={exportAddress(person.id)} download>{t.export}</a>
      </section>
      {!isMe && <Endings person={person} change={change} onBack={onBack} />}
    </>
  );
}

/** Changes something about a person. */
type ChangePerson = (
  what: Parameters<typeof changePerson>[1],
) => ReturnType<typeof changePerson>;

function RoleChoice({ role, change }: { role: Role; change: ChangePerson }) {
  const { shown, choose, error } = useChoice(
    role,
    (role) => change({ role: role as "owner" | "moderator" | "member" }),
  );
  return (
    <section class="card-section">
      <Select
        label={deferredStrings.manage.people.role}
        value={shown}
        options={roles.map((role) => [role, labelOf(strings.roles[role] ?? role)])}
        onChange={choose}
        error={error}
      />
    </section>
  );
}

/** What takes something away from a user, each after a question. */
function Endings({ person, change, onBack }: {
  person: PersonListing;
  change: ChangePerson;
  onBack: () => void;
}) {
  const { id, name, deactivated } = person;
  const t = deferredStrings.manage.people;
  return (
    <section class="card-section">
      <Question
        label={t.endSessions}
        hint={t.endHint({ name })}
        act={() => endSessions(id)}
      />
      {deactivated
        ? <ActButton act={() => change({ active: true })}>{t.activate}</ActButton>
        : (
          <Question
            label={t.deactivate}
            hint={t.deactivateHint({ name })}
            act={() => change({ active: false })}
          />
        )}
      <Question
        label={t.erase}
        final
        title={t.eraseTitle({ name })}
        hint={t.eraseHint({ name })}
        act={() => erasePerson(id)}
        onDone={onBack}
      />
    </section>
  );
}

function NewLink({ person: { id, name } }: { person: PersonListing }) {
  const task = useTask();
  const [made, setMade] = useState<SignInLink>();
  const t = deferredStrings.manage.people;
  const make = async () => setMade(await task.run(() => makeSignInLink(id)));
  return (
    <section class="card-section" aria-label={t.link}>
      <button type="button" class="with-icon" disabled={task.busy} onClick={() => void make()}>
        <Icon name="link" />
        {t.link}
      </button>
      <p class="form-error" role="alert">{task.error}</p>
      {made && (
        <>
          <p class="quiet">
            {t.linkHint({ name, time: whenOf(made.expires_at, Date.now()) })}
          </p>
          <QrCode text={made.url} label={t.qr({ name })} />
          <CopyField key={made.url} label={t.linkLabel({ name })} text={made.url} />
        </>
      )}
    </section>
  );
}

/** The refusals that are about a name. */
export const NAME_REFUSALS: FieldOfCode = {
  name_taken: "name",
  name_reserved: "name",
  bad_request: "name",
};

/** A form for another name; its task has {@link NAME_REFUSALS}. */
export function Rename(props: {
  name: string;
  hint: string;
  task: Task;
  onRename: (name: string) => void;
}) {
  const [name, setName] = useState(props.name);
  const t = deferredStrings.manage.people;
  const submit = (event: Event) => {
    event.preventDefault();
    if (name.trim() !== props.name) props.onRename(name.trim());
  };
  return (
    <form class="card-section" onSubmit={submit}>
      <Field
        label={t.newName}
        value={name}
        onInput={setName}
        hint={props.hint}
        error={props.task.errorAt("name")}
        maxLength={LIMITS.name_length}
        required
      />
      <p class="form-error" role="alert">{props.task.error}</p>
      <button
        type="submit"
        class="primary"
        disabled={props.task.busy || name.trim() === props.name}
      >
        {t.save}
      </button>
    </form>
  );
}
