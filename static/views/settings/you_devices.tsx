/** The devices with a session of the user, and the link to add another. */
import { useState } from "preact/hooks";
import { type Device, endDevice, listDevices, offerDevice } from "../../session/account.ts";
import { countdownOf, whenOf } from "../../strings/format.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { CopyField } from "../shared/copy.tsx";
import { Icon } from "../shared/parts.tsx";
import { QrCode } from "../shared/qr.tsx";
import { useCountdown } from "../shared/countdown.ts";
import { useLoaded, useTask } from "../shared/task.ts";

/** The devices. */
export function Devices() {
  const task = useTask();
  const { value, reload } = useLoaded(task, listDevices);
  const t = deferredStrings.you;
  return (
    <>
      <section class="card-section" aria-label={t.tabs.devices}>
        {value === undefined && <p class="quiet">{strings.loading}</p>}
        <ul class="listing">
          {value?.sessions.map((device) => (
            <DeviceRow
              key={device.id}
              device={device}
              onEnded={() => void reload()}
            />
          ))}
        </ul>
        <p class="form-error" role="alert">{task.error}</p>
      </section>
      <Another />
    </>
  );
}

function DeviceRow({ device, onEnded }: { device: Device; onEnded: () => void }) {
  const t = deferredStrings.you;
  return (
    <li>
      <Icon name="phone" />
      <span class="listed">
        <strong>{device.label}</strong>
        <small>
          {device.current ? t.thisDevice : t.seen({ time: whenOf(device.seen_at, Date.now()) })}
        </small>
      </span>
      {!device.current && (
        <ActButton act={() => endDevice(device.id)} onDone={onEnded}>
          {t.signOut}
          <span class="sr-only">{device.label}</span>
        </ActButton>
      )}
    </li>
  );
}

interface DeviceOffer {
  readonly link: string;
  readonly until: number;
}

function Another() {
  const task = useTask();
  const [offer, setOffer] = useState<DeviceOffer>();
  const t = deferredStrings.you;
  const make = async () => {
    const made = await task.run(offerDevice);
    if (made === undefined) return;
    const { token, expires_in } = made;
    setOffer({ link: `${location.origin}/#device=${token}`, until: Date.now() + expires_in });
  };
  return (
    <section class="card-section" aria-label={t.another}>
      {offer === undefined
        ? (
          <button type="button" class="with-icon" disabled={task.busy} onClick={() => void make()}>
            <Icon name="plus" />
            {t.another}
          </button>
        )
        : <Offered offer={offer} again={() => void make()} />}
      <p class="form-error" role="alert">{task.error}</p>
    </section>
  );
}

function Offered({ offer, again }: { offer: DeviceOffer; again: () => void }) {
  const left = useCountdown(offer.until);
  const t = deferredStrings.you;
  if (left === 0) {
    return (
      <p class="row" role="status">
        <span class="row-label">{t.expired}</span>
        <button type="button" onClick={again}>{t.another}</button>
      </p>
    );
  }
  return (
    <>
      <h3>{t.another}</h3>
      <p class="quiet">{t.anotherHint}</p>
      <QrCode text={offer.link} label={t.qrLabel} />
      <CopyField key={offer.link} label={t.linkLabel} text={offer.link} />
      <p class="quiet countdown" aria-hidden="true">{t.expiresIn({ time: countdownOf(left) })}</p>
    </>
  );
}
