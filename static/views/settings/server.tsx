/** The settings of the server, for owners: its name, its icon, and how long messages stay. */
import { useState } from "preact/hooks";
import { ICON_BYTES, ICON_SIDE, SERVER_NAME_LENGTH } from "../../../lib/protocol/limits.ts";
import { isRefused } from "../../net/api.ts";
import { serverIcon, serverName } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { RetentionChoice } from "../dialogs/rules.tsx";
import type { StateProps } from "../shared/deferred_views.ts";
import { sendPicture, squareOf } from "../shared/pictures.ts";
import { PictureField } from "../shared/more_fields.tsx";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** The tab. */
export function ServerSettings({ state }: StateProps) {
  const ask = useAskOrder();
  const t = deferredStrings.manage;
  return (
    <>
      <ServerIdentity state={state} />
      <RetentionChoice
        own={state.limits.retention_days}
        hint={t.retentionHint}
        warning={t.retentionWarning}
        off={t.retentionOff}
        save={(retention_days) => ask({ type: "set_server", retention_days })}
      />
    </>
  );
}

/** The name and the icon. */
export function ServerIdentity(
  { state, onDone }: { readonly state: PageState; readonly onDone?: () => void },
) {
  const ask = useAskOrder();
  const task = useTask({ bad_request: "name", name_reserved: "name" });
  const [name, setName] = useState(serverName(state));
  const t = deferredStrings.firstSteps;
  const submit = async (event: Event) => {
    event.preventDefault();
    const done = await task.run(() => ask({ type: "set_server", name: name.trim() }));
    if (done !== undefined) onDone?.();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <IconField state={state} />
      <Field
        label={t.serverName}
        value={name}
        onInput={setName}
        error={task.errorAt("name")}
        maxLength={SERVER_NAME_LENGTH}
        required
        autofocus={onDone !== undefined}
      />
      <p class="form-error" role="alert">{task.error}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.save}</button>
    </form>
  );
}

/** The server's icon, and what changes it at once. */
function IconField({ state }: { state: PageState }) {
  const ask = useAskOrder();
  const task = useTask();
  const t = deferredStrings.firstSteps;
  const set = (icon: string | null) => ask({ type: "set_server", icon });
  const choose = (file: File) =>
    task.run(async () => {
      const sent = await sendPicture(state, () => iconOf(file));
      if (sent === undefined) return { code: "bad_picture", detail: t.noIcon };
      return isRefused(sent) ? sent : await set(sent.id);
    });
  return (
    <div class="card-section">
      <img src={serverIcon(state)} alt="" width="48" height="48" />
      <PictureField
        label={t.icon}
        error={task.error}
        onChoose={(file) => file && void choose(file)}
      />
      {state.server?.icon !== undefined && (
        <button
          type="button"
          onClick={() => void task.run(() => set(null))}
        >
          {t.removeIcon}
        </button>
      )}
    </div>
  );
}

/** The middle of an image as an icon: as large as the server takes it. */
async function iconOf(file: File): Promise<Blob> {
  const image = await createImageBitmap(file);
  for (const share of [1, 2, 3, 4]) {
    // A browser that cannot make WebP makes PNG.
    const icon = await squareOf(image, ICON_SIDE / share | 0, "image/webp");
    if (icon.size <= ICON_BYTES) return icon;
  }
  throw new RangeError("The image cannot be made small enough.");
}
