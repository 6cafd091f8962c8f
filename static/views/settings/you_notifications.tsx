/** The notification settings: of this device, and the quiet hours of the user. */
import { useEffect, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { isOn, ring, switchTo } from "../../notifications/notify.ts";
import { type PushState, pushState, subscribe, unsubscribe } from "../../notifications/push.ts";
import type { PageState } from "../../state/reducer.ts";
import { QuietSettings } from "./you_quiet.tsx";
import { useTask } from "../shared/task.ts";

/** Notifications, Web Push and sound. */
export function NotificationSettings({ state }: { state: PageState }) {
  const t = deferredStrings.you.notifications;
  return (
    <>
      <Notifications />
      <Closed />
      <Sound />
      <p class="quiet hint">{t.here}</p>
      <QuietSettings state={state} />
    </>
  );
}

function Notifications() {
  const [on, setOn] = useState(() => isOn("notifications"));
  const [denied, setDenied] = useState(false);
  const t = deferredStrings.you.notifications;
  const can = "Notification" in globalThis;
  const change = async (next: boolean) => {
    const granted = !next || await Notification.requestPermission() === "granted";
    setDenied(!granted);
    switchTo("notifications", next && granted);
    setOn(next && granted);
  };
  return (
    <Switch
      label={t.notifications}
      hint={!can ? t.cannot : denied ? t.denied : t.notificationsHint}
      on={on}
      disabled={!can}
      onChange={(next) => void change(next)}
    />
  );
}

/** Notifications by Web Push, while the page is closed. */
function Closed() {
  const [state, setState] = useState<PushState>();
  const task = useTask();
  const t = deferredStrings.you.notifications;
  const refresh = () => void pushState().then(setState);
  useEffect(refresh, []);
  const change = async (next: boolean) => {
    // Shown optimistically until the result is known.
    setState(next ? "on" : "off");
    if (next && await Notification.requestPermission() !== "granted") {
      setState("off");
      return task.fail(t.denied);
    }
    await task.run(async () => next ? await subscribe() ?? {} : (await unsubscribe(), {}));
    refresh();
  };
  const hints = {
    on: t.closedHint,
    off: t.closedHint,
    unsupported: t.cannot,
    unavailable: t.noPush,
  };
  return (
    <>
      <Switch
        label={t.closed}
        hint={hints[state ?? "off"]}
        on={state === "on"}
        disabled={task.busy || (state !== "on" && state !== "off")}
        onChange={(next) => void change(next)}
      />
      <p class="form-error" role="alert">{task.error}</p>
    </>
  );
}

function Sound() {
  const [on, setOn] = useState(() => isOn("sound"));
  const change = (next: boolean) => {
    switchTo("sound", next);
    setOn(next);
    if (next) void ring();
  };
  const t = deferredStrings.you.notifications;
  return <Switch label={t.sound} hint={t.soundHint} on={on} onChange={change} />;
}

function Switch(props: {
  label: string;
  hint: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {props.label}
        <small>{props.hint}</small>
      </span>
    </label>
  );
}
