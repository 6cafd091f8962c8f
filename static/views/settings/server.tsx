/** The settings of the server, for owners: its name, its icon, and how long messages stay. */
import { useState } from "preact/hooks";
import { ICON_BYTES, ICON_SIDE, SERVER_NAME_LENGTH } from "../../../lib/protocol/limits.ts";
import { isRefused } from "../../net/api.ts";
import { serverIcon, serverName } from "../../state/selectors.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { RetentionChoice } from "../dialogs/rules.tsx";
import { useActions } from "../shared/context.ts";
import type { StateProps } from "../shared/deferred_views.ts";
import { sendPicture, squareOf } from "../shared/pictures.ts";
import { Field } from "../shared/text_field.tsx";

/** The tab. */
export function ServerSettings({ state }: StateProps) {
  const { dispatch } = useActions();
  const t = deferredStrings.manage;
  return (
    <>
      <ServerIdentity state={state} />
      <RetentionChoice
        own={state.limits.retention_days}
        hint={t.retentionHint}
        warning={t.retentionWarning}
        off={t.retentionOff}
        save={(retention_days) =>
          dispatch({ type: "order", order: { type: "set_server", retention_days } })}
      />
    </>
  );
}

/** The name and the icon. */
export function ServerIdentity(
  { state, onDone }: { readonly state: PageState; readonly onDone?: () => void },
) {
  const { dispatch } = useActions();
  const [name, setName] = useState(serverName(state));
  const t = deferredStrings.firstSteps;
  const submit = (event: Event) => {
    event.preventDefault();
    dispatch({ type: "order", order: { type: "set_server", name: name.trim() } });
    onDone?.();
  };
  return (
    <form onSubmit={submit}>
      <IconField state={state} />
      <Field
        label={t.serverName}
        value={name}
        onInput={setName}
        maxLength={SERVER_NAME_LENGTH}
        required
        autofocus={onDone !== undefined}
      />
      <button type="submit" class="primary">{t.save}</button>
    </form>
  );
}

/** The server's icon, and what changes it at once. */
function IconField({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const [error, fail] = useState("");
  const t = deferredStrings.firstSteps;
  const set = (icon: string | null) =>
    dispatch({ type: "order", order: { type: "set_server", icon } });
  async function choose(file: File | undefined) {
    if (file === undefined) return;
    fail("");
    const sent = await sendPicture(state, () => iconOf(file));
    if (sent === undefined) fail(t.noIcon);
    else if (isRefused(sent)) fail(sent.detail);
    else set(sent.id);
  }
  return (
    <div class="card-section">
      <img src={serverIcon(state)} alt="" width="48" height="48" />
      <label class="field">
        <span class="field-label">{t.icon}</span>
        <input
          type="file"
          accept="image/*"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      {state.server?.icon !== undefined && (
        <button type="button" onClick={() => set(null)}>{t.removeIcon}</button>
      )}
      <p class="form-error" role="alert">{error}</p>
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
