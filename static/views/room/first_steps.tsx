/** What the default room begins with: for owners, what to do first; for others, what this place is. */
import { useEffect, useState } from "preact/hooks";
import { isOn } from "../../notifications/notify.ts";
import { isRefused } from "../../net/api.ts";
import { makeInvite, personWithProfile } from "../../session/account.ts";
import { roomsOf, serverName } from "../../state/selectors.ts";
import { everyone } from "../../state/directory.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { joined } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { CreateRoom } from "../dialogs/dialogs.tsx";
import { NotificationSettings } from "../settings/you_notifications.tsx";
import { ServerIdentity } from "../settings/server.tsx";
import { Keys } from "../settings/you_keys.tsx";
import { useActions } from "../shared/context.ts";
import type { RoomStateProps, RoomWelcomeProps } from "../shared/deferred_views.ts";
import { LinkToShare } from "../shared/link_to_share.tsx";
import { Dialog, Icon, type IconName } from "../shared/parts.tsx";
import { useTask } from "../shared/task.ts";

/** How many of those who are here are named. */
const shownPeople = 5;

/** How long the ready invitation is valid, in hours: a week. */
const inviteHours = 168;

/** A step of the checklist. */
type FirstStep = keyof typeof deferredStrings.firstSteps.steps;

/**
 * Shows the checklist to each owner until they hide it, and to others who is here. The beginning is
 * rendered here as a whole: the checklist would move what is above it if it came later.
 */
export function RoomWelcome({ state, room, children }: RoomWelcomeProps) {
  return (
    <div class="beginning">
      {children}
      {state.me.role === "owner" && !room.introduced
        ? <FirstSteps state={state} room={room} />
        : <Place state={state} room={room} />}
    </div>
  );
}

function FirstSteps({ state, room }: RoomStateProps) {
  const { dispatch } = useActions();
  const [open, setOpen] = useState<FirstStep>();
  const keepsAccount = useKeepsAccount(state.me.id, open);
  const t = deferredStrings.firstSteps;
  const done: Readonly<Record<FirstStep, boolean>> = {
    invite: room.memberCount > 1,
    keep: keepsAccount,
    name: serverName(state) !== strings.app && state.server?.icon !== undefined,
    rooms: roomsOf(state, false).length > 1,
    notifications: isOn("notifications"),
  };
  const steps = Object.keys(t.steps) as FirstStep[];
  const left = steps.filter((step) => !done[step]).length;
  const close = () => setOpen(undefined);
  return (
    <section class="card-section" aria-label={t.title}>
      <h2>{t.title}</h2>
      <p class="quiet" role="status">{left === 0 ? t.allDone : t.left({ count: left })}</p>
      <ul class="listing">
        {steps.map((step) => (
          <Step
            key={step}
            step={step}
            done={done[step]}
            open={open === step}
            onToggle={() => setOpen(open === step ? undefined : step)}
          />
        ))}
      </ul>
      {open === "invite" && <InviteStep />}
      {open === "name" && <ServerIdentity state={state} onDone={close} />}
      <button
        type="button"
        class={left === 0 ? "primary" : ""}
        onClick={() =>
          dispatch({
            type: "order",
            order: { type: "set_room_prefs", room_id: room.key, introduced: true },
          })}
      >
        {t.dismiss}
      </button>
      {open === "rooms" && <CreateRoom onClose={close} onDone={close} />}
      {open === "keep" && (
        <Dialog title={t.steps.keep.title} onClose={close}>
          <Keys name={state.me.name} />
        </Dialog>
      )}
      {open === "notifications" && (
        <Dialog title={t.steps.notifications.title} onClose={close}>
          <NotificationSettings state={state} />
        </Dialog>
      )}
    </section>
  );
}

/** The sign of each step until it is done. */
const icons: Readonly<Record<FirstStep, IconName>> = {
  invite: "invite",
  keep: "lock",
  name: "pencil",
  rooms: "hash",
  notifications: "bell",
};

function Step(props: {
  step: FirstStep;
  done: boolean;
  open: boolean;
  onToggle: () => void;
}) {
  const { step, done, open, onToggle } = props;
  const t = deferredStrings.firstSteps;
  const { title, hint, action } = t.steps[step];
  // These open below the list, the others in a dialog.
  const expanded = step === "invite" || step === "name" ? { "aria-expanded": open } : {};
  return (
    <li>
      <Icon name={done ? "check" : icons[step]} />
      <span class="listed">
        <strong>
          {title}
          {done && <span class="sr-only">{` ${t.done}`}</span>}
        </strong>
        <small>{hint}</small>
      </span>
      <button type="button" onClick={onToggle} {...expanded}>
        {action}
        <span class="sr-only">{`: ${title}`}</span>
      </button>
    </li>
  );
}

/** A link that works for everyone who gets it, for a week. */
function InviteStep() {
  const task = useTask();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    void task.run(() => makeInvite({ hours: inviteHours })).then((made) => setUrl(made?.url));
  }, []);
  return (
    <>
      <p class="form-error" role="alert">{task.error}</p>
      {url && <LinkToShare label={deferredStrings.firstSteps.link} url={url} />}
    </>
  );
}

/** Whether the user can sign in again. Asked anew when a step is closed. */
function useKeepsAccount(id: string | undefined, open: FirstStep | undefined): boolean {
  const [keeps, setKeeps] = useState(false);
  useEffect(() => {
    if (open !== undefined || id === undefined) return;
    let shown = true;
    void personWithProfile(id).then((answer) => {
      if (!shown || isRefused(answer)) return;
      const { use } = answer;
      setKeeps(use !== undefined && (use.password || use.passkeys > 0));
    });
    return () => {
      shown = false;
    };
  }, [id, open]);
  return keeps;
}

/** Says what this place is, and who is here. */
function Place({ state, room }: RoomStateProps) {
  const t = deferredStrings.firstSteps;
  const here = everyone(state).filter((one) => one.state !== "offline").slice(0, shownPeople);
  return (
    <p class="quiet">
      {t.place({ server: serverName(state) })} {t.members({ count: room.memberCount })}
      {here.length > 0 && ` ${t.here({ names: joined(here.map(({ name }) => name), ", ") })}`}
    </p>
  );
}
