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
import { sizeOf, whenOf } from "../../strings/format.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
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
      {found?.length === 0 && <p class="quiet">{t.none}</p>}
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
  const change = async (what: Parameters<typeof changePerson>[1]) => {
    const changed = await task.run(() => changePerson(person.id, what));
    if (changed !== undefined) onChanged(changed);
  };
  const isBot = person.role === "bot";
  return (
    <>
      <p class="row">
        <button type="button" class="with-icon" onClick={onBack}>
          <Icon name="left" />
          {t.back}
        </button>
      </p>
      <p class="card-head">
        <Avatar name={person.name} />
        <strong dir="auto">{person.name}</strong>
        <span>{aboutOf(person)}</span>
      </p>
      <p class="form-error" role="alert">{task.error}</p>
      {!isBot && !isMe && <NewLink person={person} task={task} />}
      <Rename
        key={person.name}
        name={person.name}
        hint={t.renameHint}
        task={task}
        onRename={(name) => void change({ name })}
      />
      {!isBot && (
        <section class="card-section">
          <Select
            label={t.role}
            value={person.role}
            options={roles.map((role) => [role, strings.roles[role] ?? role])}
            onChange={(role) => void change({ role: role as "owner" | "moderator" | "member" })}
          />
        </section>
      )}
      <section class="card-section">
        <a class="button" href={exportAddress(person.id)} download>{t.export}</a>
      </section>
      {!isMe && <Endings person={person} task={task} change={change} onBack={onBack} />}
    </>
  );
}

/** What takes something away from a user, each after a question. */
function Endings({ person, task, change, onBack }: {
  person: PersonListing;
  task: Task;
  change: (what: { active: boolean }) => Promise<void>;
  onBack: () => void;
}) {
  const { id, name, deactivated } = person;
  const t = deferredStrings.manage.people;
  return (
    <section class="card-section">
      <Question
        label={t.endSessions}
        hint={t.endHint({ name })}
        onConfirm={() => void task.run(() => endSessions(id))}
      />
      {deactivated
        ? <button type="button" onClick={() => void change({ active: true })}>{t.activate}</button>
        : (
          <Question
            label={t.deactivate}
            hint={t.deactivateHint({ name })}
            onConfirm={() => void change({ active: false })}
          />
        )}
      <Question
        label={t.erase}
        title={t.eraseTitle({ name })}
        hint={t.eraseHint({ name })}
        onConfirm={() => void task.run(() => erasePerson(id)).then((done) => done && onBack())}
      />
    </section>
  );
}

function NewLink({ person: { id, name }, task }: { person: PersonListing; task: Task }) {
  const [made, setMade] = useState<SignInLink>();
  const t = deferredStrings.manage.people;
  const make = async () => setMade(await task.run(() => makeSignInLink(id)));
  return (
    <section class="card-section" aria-label={t.link}>
      <button type="button" class="with-icon" disabled={task.busy} onClick={() => void make()}>
        <Icon name="link" />
        {t.link}
      </button>
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
      <button type="submit" disabled={props.task.busy || name.trim() === props.name}>
        {t.save}
      </button>
    </form>
  );
}
