/** How this device tells of messages. */
import { useEffect, useState } from "preact/hooks";
import { asides } from "../strings/aside.ts";
import { isOn, ring, switchTo } from "../told/notify.ts";
import { type PushState, pushState, subscribe, unsubscribe } from "../told/push.ts";
import { useTask } from "./task.ts";

/** Notifications, those of a closed page too, and sound. */
export function Told() {
  const t = asides.you.told;
  return (
    <>
      <Notifications />
      <Closed />
      <Sound />
      <p class="quiet hint">{t.here}</p>
    </>
  );
}

function Notifications() {
  const [on, setOn] = useState(() => isOn("notifications"));
  const [denied, setDenied] = useState(false);
  const t = asides.you.told;
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

/** Told by a push service, so that the page need not be open. */
function Closed() {
  const [state, setState] = useState<PushState>();
  const task = useTask();
  const t = asides.you.told;
  const look = () => void pushState().then(setState);
  useEffect(look, []);
  const change = async (next: boolean) => {
    // As it is hoped to be, until it is known.
    setState(next ? "on" : "off");
    if (next && await Notification.requestPermission() !== "granted") {
      setState("off");
      return task.fail(t.denied);
    }
    await task.run(async () => next ? await subscribe() ?? {} : (await unsubscribe(), {}));
    look();
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
  const t = asides.you.told;
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
