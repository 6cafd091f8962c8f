/** The user's account as a whole: the name, the data, and its end. */
import { changePerson, endSessions, erasePerson, exportAddress } from "../../session/account.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useTask } from "../shared/task.ts";
import { NAME_REFUSALS, Rename } from "./people.tsx";
import { Question } from "./question.tsx";

/** The account. */
export function AccountSettings({ state: { me } }: { state: PageState }) {
  const task = useTask(NAME_REFUSALS);
  const t = deferredStrings.you.account;
  if (me.id === undefined || me.role === "guest") return null;
  const { id } = me;
  // The connection was closed with all others: the page begins anew with its one session, or without.
  const reload = () => location.reload();
  return (
    <>
      <Rename
        key={me.name}
        name={me.name}
        hint={t.renameHint}
        task={task}
        onRename={(name) => void task.run(() => changePerson(id, { name }))}
      />
      <section class="card-section">
        <p class="quiet">{t.exportHint}</p>
        <a class="button" href={exportAddress(id)} download>{t.export}</a>
      </section>
      <section class="card-section">
        <Question label={t.end} hint={t.endHint} act={() => endSessions(id)} onDone={reload} />
        <Question
          label={t.erase}
          final
          title={t.eraseTitle}
          hint={t.eraseHint}
          act={() => erasePerson(id)}
          onDone={reload}
        />
      </section>
    </>
  );
}
