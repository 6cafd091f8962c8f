/** Groups of users, for moderators: `@designers`. */
import { useEffect, useState } from "preact/hooks";
import type { GroupListing } from "../../../lib/protocol/frames.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { rankOf } from "../../state/completion.ts";
import { type FoundNames, otherPeople } from "../../state/fuzzy_match.ts";
import { personNamed } from "../../state/selectors.ts";
import { everyone } from "../../state/directory.ts";
import type { PageState } from "../../state/reducer.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { useActions } from "../shared/context.ts";
import { Avatar, Icon } from "../shared/parts.tsx";
import { type Task, useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";
import { useFound } from "../shared/use_found.ts";

/** A group while it is edited; without an id it is new. */
interface GroupDraft {
  readonly id?: string;
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly id: string }[];
}

/** Lists, creates, changes and deletes groups. */
export function Groups({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const ask = useAskOrder();
  const task = useTask({ name_taken: "name", name_reserved: "name", bad_request: "name" });
  const [draft, edit] = useState<GroupDraft>();
  const [wanted, want] = useState<string>();
  const t = deferredStrings.manage.groups;
  const list = () => dispatch({ type: "order", order: { type: "list_groups" } });
  useEffect(list, [state.ready]);
  // The members of a group are asked for when it is edited.
  const { group, groups } = state.lists;
  useEffect(() => {
    if (wanted === undefined || group?.group_id !== wanted) return;
    const members = group.members.map((name, n) => ({ name, id: group.member_ids[n] ?? "" }));
    edit({ id: wanted, name: group.group, members });
    want(undefined);
  }, [group, wanted]);
  const open = ({ group_id }: GroupListing) => {
    want(group_id);
    dispatch({ type: "order", order: { type: "list_group_members", group_id } });
  };
  const save = async ({ id, name, members }: GroupDraft) => {
    const ids = members.map((member) => member.id);
    const which = id === undefined ? {} : { group_id: id };
    const group = name.trim();
    const done = await task.run(() => ask({ type: "set_group", ...which, group, ids }));
    if (done === undefined) return;
    edit(undefined);
    list();
  };
  if (draft !== undefined) {
    return (
      <GroupForm
        state={state}
        draft={draft}
        edit={edit}
        task={task}
        save={(draft) => void save(draft)}
        cancel={() => edit(undefined)}
      />
    );
  }
  return (
    <>
      <div class="card-section">
        <p class="quiet">{t.hint}</p>
        <button type="button" onClick={() => edit({ name: "", members: [] })}>{t.make}</button>
      </div>
      {groups === undefined && <p class="quiet">{strings.loading}</p>}
      {groups?.groups.length === 0 && <p class="quiet">{t.none}</p>}
      <ul class="listing">
        {groups?.groups.map((one) => (
          <li key={one.group_id}>
            <Icon name="people" />
            <span class="listed">
              <strong>
                <bdi>@{one.group}</bdi>
              </strong>
              <small>{t.members({ count: one.member_count })}</small>
            </span>
            <button type="button" onClick={() => open(one)}>
              {t.edit}
              <span class="sr-only">{one.group}</span>
            </button>
            <ActButton
              act={() => ask({ type: "delete_group", group_id: one.group_id })}
              onDone={list}
            >
              {deferredStrings.remove}
              <span class="sr-only">{one.group}</span>
            </ActButton>
          </li>
        ))}
      </ul>
    </>
  );
}

function GroupForm(props: {
  state: PageState;
  draft: GroupDraft;
  edit: (draft: GroupDraft) => void;
  task: Task;
  save: (draft: GroupDraft) => void;
  cancel: () => void;
}) {
  const { state, draft, edit, task, save, cancel } = props;
  const [query, search] = useState("");
  const t = deferredStrings.manage.groups;
  const isIn = (id: string | undefined) => draft.members.some((member) => member.id === id);
  const others = useFound(state, query);
  const like = query.trim() === "" ? [] : peopleLike(state, query, others);
  const found = like.filter(({ id }) => !isIn(id));
  const isFull = draft.members.length >= LIMITS.group_members;
  return (
    <form
      class="card-section"
      onSubmit={(event) => {
        event.preventDefault();
        save(draft);
      }}
    >
      <Field
        label={t.name}
        value={draft.name}
        onInput={(name) => edit({ ...draft, name })}
        error={task.errorAt("name")}
        maxLength={LIMITS.name_length}
        required
        autofocus
      />
      <Field label={t.add} value={query} onInput={search} type="search" />
      <ul class="listing">
        {!isFull && found.map((person) => (
          <Person
            key={person.id}
            name={person.name}
            action={t.addOne}
            onAct={() => {
              edit({ ...draft, members: [...draft.members, person] });
              search("");
            }}
          />
        ))}
      </ul>
      <p class="field-label">{t.members({ count: draft.members.length })}</p>
      <ul class="listing">
        {draft.members.map((person) => (
          <Person
            key={person.id}
            name={person.name}
            action={deferredStrings.remove}
            onAct={() =>
              edit({ ...draft, members: draft.members.filter(({ id }) => id !== person.id) })}
          />
        ))}
      </ul>
      <p class="form-error" role="alert">{task.error}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={cancel}>{strings.cancel}</button>
        <button type="submit" class="primary" disabled={task.busy}>{t.save}</button>
      </div>
    </form>
  );
}

/** A person in a list, with a button. */
function Person({ name, action, onAct }: { name: string; action: string; onAct: () => void }) {
  return (
    <li>
      <Avatar name={name} size="small" />
      <span class="listed">
        <bdi>{name}</bdi>
      </span>
      <button type="button" onClick={onAct}>
        {action}
        <span class="sr-only">{name}</span>
      </button>
    </li>
  );
}

/** How many people are offered at once. */
const offeredMax = 8;

/** The people whose id the page or the server knows, and whose name begins like a text, or a word of it. */
function peopleLike(state: PageState, query: string, found: FoundNames) {
  const begun = query.trim();
  const others = otherPeople(state, found);
  const people = [...everyone(state), personNamed(state, state.me.name), ...others];
  return people.flatMap(({ name, id = name === state.me.name ? state.me.id : undefined }) => {
    return id === undefined || rankOf(name, begun) === undefined ? [] : [{ name, id }];
  }).slice(0, offeredMax);
}
