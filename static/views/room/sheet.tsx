/** The sheet of a room: what it is, its members, its pinned messages and its settings. */
import { useState } from "preact/hooks";
import { retentionDays } from "../../../lib/protocol/retention.ts";
import { isLastMember, mayDo, moderates } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import type { RoomState } from "../../state/types.ts";
import { durationOf } from "../../strings/deferred_format.ts";
import { titleOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { newKey } from "../../util/uuid.ts";
import { Field } from "../shared/text_field.tsx";
import { AddPerson, ROOM_NAME_REFUSALS, roomNameOf } from "../dialogs/dialogs.tsx";
import { LevelChoice } from "../dialogs/level.tsx";
import { RoomPrefs } from "../dialogs/room_prefs.tsx";
import { RoomSettings } from "../dialogs/rules.tsx";
import { Question } from "../settings/question.tsx";
import type { RoomDialogProps, StateDialogProps } from "../shared/deferred_views.ts";
import { Dialog } from "../shared/parts.tsx";
import { Tabs } from "../shared/tabs.tsx";
import { useTask } from "../shared/task.ts";
import { useAsk, useAskOrder } from "../shared/use_ask.ts";
import { FileList } from "./files.tsx";
import { MemberList } from "./members.tsx";
import { PinList } from "./pins.tsx";

type SheetTab = keyof typeof deferredStrings.sheet.tabs;

const tabs = Object.entries(deferredStrings.sheet.tabs) as [SheetTab, string][];

/** The dialog. */
export function RoomSheet({ state, room, onClose }: StateDialogProps & RoomDialogProps) {
  const [chosen, choose] = useState<SheetTab>("about");
  const { members } = strings.room;
  const mayModerate = moderates(state, room);
  // The user may lose the power while the settings are open.
  const tab = chosen === "settings" && !mayModerate ? "about" : chosen;
  const shown = tabs.filter(([name]) => name !== "settings" || mayModerate);
  return (
    <Dialog wide title={titleOf(room.name)} onClose={onClose}>
      <Tabs label={titleOf(room.name)} tabs={shown} chosen={tab} choose={choose}>
        {tab === "about" && <About state={state} room={room} onLeave={onClose} />}
        {tab === "members" && (
          <>
            {!room.archived && mayDo(state, room, "mayInvite") && (
              <AddPerson state={state} room={room} onDone={onClose} />
            )}
            {room.people && <p class="quiet">{deferredStrings.invite.conversationHint}</p>}
            <h3>{members({ count: room.memberCount })}</h3>
            <MemberList state={state} room={room} />
          </>
        )}
        {tab === "pins" && <PinList state={state} room={room} onGo={onClose} />}
        {tab === "files" && <FileList state={state} room={room} onGo={onClose} />}
        {tab === "settings" && <RoomSettings state={state} room={room} onDeleted={onClose} />}
      </Tabs>
    </Dialog>
  );
}

function leavingHint(room: RoomState): string {
  const t = deferredStrings.sheet;
  if (room.people) return isLastMember(room) ? t.endConversation : t.leaveConversation;
  return isLastMember(room) ? t.leaveLast : t.leaveHint;
}

/** Makes a room of a conversation without a name. */
function GiveName({ room }: { room: RoomState }) {
  const ask = useAskOrder();
  const task = useTask(ROOM_NAME_REFUSALS);
  const [name, setName] = useState("");
  const t = deferredStrings.sheet;
  const submit = (event: Event) => {
    event.preventDefault();
    const what = { room_id: room.key, name: roomNameOf(name), key: newKey() };
    void task.run(() => ask({ type: "set_room", ...what }));
  };
  return (
    <form class="card-section" onSubmit={submit}>
      <Field
        label={t.name}
        hint={t.nameHint}
        value={name}
        onInput={setName}
        error={task.errorAt("name")}
        maxLength={64}
        required
      />
      <p class="form-error" role="alert">{task.error}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.giveName}</button>
    </form>
  );
}

/** The topic, the notifications, and the way out. */
function About(
  { state, room, onLeave }: { state: PageState; room: RoomState; onLeave: () => void },
) {
  const ask = useAsk();
  const t = deferredStrings.sheet;
  const days = retentionDays(room.retentionDays, state.limits.retention_days);
  return (
    <>
      <section class="card-section">
        {room.title && <p dir="auto">{room.title}</p>}
        <p class="quiet">
          {t[room.people ? "nameless" : room.kind === "private" ? "private" : "public"]}
        </p>
        {days > 0 && <p class="quiet">{t.retention({ time: durationOf(days * 86_400) })}</p>}
      </section>
      <section class="card-section">
        <LevelChoice room={room} />
        <RoomPrefs state={state} room={room} />
      </section>
      {room.people && <GiveName room={room} />}
      <Question
        label={t.leave}
        title={t.leaveQuestion({ room: titleOf(room.name) })}
        hint={leavingHint(room)}
        act={() => ask({ type: "leave", room: room.key })}
        onDone={onLeave}
      />
    </>
  );
}
