/** The server's own emoji, for moderators. */
import { useState } from "preact/hooks";
import { CUSTOM_EMOJI, LIMITS } from "../../../lib/protocol/limits.ts";
import { isCustomEmoji } from "../../../lib/protocol/text/emoji.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { isRefused } from "../../net/api.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { useActions } from "../shared/context.ts";
import { OwnEmoji, useOwnEmoji } from "../shared/own_emoji.tsx";
import { Field } from "../shared/text_field.tsx";

/** Lists, adds and deletes emoji. */
export function OwnEmojiSettings({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const own = useOwnEmoji();
  const t = deferredStrings.manage.emoji;
  return (
    <>
      <AddEmoji state={state} />
      {own.size === 0 && <p class="quiet">{t.none}</p>}
      <ul class="listing">
        {[...own.keys()].map((emoji) => (
          <li key={emoji}>
            <span class="emoji-shown" aria-hidden="true">
              <OwnEmoji text={emoji} />
            </span>
            <span class="listed">
              <strong>{emoji}</strong>
            </span>
            <button
              type="button"
              onClick={() => dispatch({ type: "order", order: { type: "delete_emoji", emoji } })}
            >
              {strings.remove}
              <span class="sr-only">{emoji}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function AddEmoji({ state }: { state: PageState }) {
  const { dispatch } = useActions();
  const [name, setName] = useState("");
  const [file, choose] = useState<File>();
  const [error, fail] = useState("");
  const t = deferredStrings.manage.emoji;
  async function submit(event: Event) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const emoji = foldName(`:${name.trim().replace(/^:|:$/g, "")}:`);
    if (!isCustomEmoji(emoji)) return fail(t.noName);
    if (file === undefined) return;
    fail("");
    try {
      const own = encodeURIComponent(`@${state.me.name}`);
      const response = await fetch(`/api/rooms/${own}/files?name=emoji`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: await prepared(file),
      });
      const sent = await response.json() as { id: string } | { code: string; detail: string };
      if (isRefused(sent)) return fail(sent.detail);
      const id = (sent as { id: string }).id;
      dispatch({ type: "order", order: { type: "set_emoji", emoji, file: id } });
      setName("");
      choose(undefined);
      form.reset();
    } catch {
      fail(deferredStrings.profile.noPicture);
    }
  }
  return (
    <form class="card-section" onSubmit={submit}>
      <p class="quiet">{t.hint}</p>
      <Field
        label={t.name}
        value={name}
        onInput={setName}
        maxLength={LIMITS.emoji_length}
        required
      />
      <label class="field">
        <span class="field-label">{t.picture}</span>
        <input
          type="file"
          accept="image/*"
          required
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
      </label>
      <button type="submit">{t.add}</button>
      <p class="form-error" role="alert">{error}</p>
    </form>
  );
}

/** A picture in the size of an emoji. A small one stays as it is: it may be animated. */
async function prepared(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const scale = Math.min(1, CUSTOM_EMOJI.side / Math.max(width, height));
  const staysAsIs = ["image/gif", "image/webp", "image/png"].includes(file.type);
  if (staysAsIs && scale === 1 && file.size <= CUSTOM_EMOJI.bytes) return file;
  const sides = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const canvas = new OffscreenCanvas(...sides);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, ...sides);
  bitmap.close();
  const png = await canvas.convertToBlob({ type: "image/png" });
  if (png.size <= CUSTOM_EMOJI.bytes) return png;
  return await canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
}
