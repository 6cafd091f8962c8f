/** The server's own emoji, for moderators. */
import { useState } from "preact/hooks";
import { CUSTOM_EMOJI, LIMITS } from "../../../lib/protocol/limits.ts";
import { isCustomEmoji } from "../../../lib/protocol/text/emoji.ts";
import { foldName } from "../../../lib/protocol/names.ts";
import { isRefused } from "../../net/api.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { OwnEmoji, useOwnEmoji } from "../shared/own_emoji.tsx";
import { PictureField } from "../shared/more_fields.tsx";
import { sendPicture } from "../shared/pictures.ts";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

/** Lists, adds and deletes emoji. */
export function OwnEmojiSettings({ state }: { state: PageState }) {
  const ask = useAskOrder();
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
            <ActButton act={() => ask({ type: "delete_emoji", emoji })}>
              {deferredStrings.remove}
              <span class="sr-only">{emoji}</span>
            </ActButton>
          </li>
        ))}
      </ul>
    </>
  );
}

function AddEmoji({ state }: { state: PageState }) {
  const ask = useAskOrder();
  const [name, setName] = useState("");
  const [file, choose] = useState<File>();
  const task = useTask({
    ...{ name_taken: "name", bad_emoji: "name", name_reserved: "name", bad_request: "name" },
    ...{ bad_picture: "picture", file_too_large: "picture", no_such_file: "picture" },
  });
  const t = deferredStrings.manage.emoji;
  async function submit(event: Event) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const emoji = foldName(`:${name.trim().replace(/^:|:$/g, "")}:`);
    if (!isCustomEmoji(emoji)) return task.fail(t.noName, "name");
    if (file === undefined) return;
    const done = await task.run(async () => {
      const sent = await sendPicture(state, () => prepared(file));
      if (sent === undefined) {
        return { code: "bad_picture", detail: deferredStrings.profile.noPicture };
      }
      return isRefused(sent) ? sent : await ask({ type: "set_emoji", emoji, file: sent.id });
    });
    if (done === undefined) return;
    setName("");
    choose(undefined);
    form.reset();
  }
  return (
    <form class="card-section" onSubmit={submit}>
      <p class="quiet">{t.hint}</p>
      <Field
        label={t.name}
        value={name}
        onInput={setName}
        error={task.errorAt("name")}
        maxLength={LIMITS.emoji_length}
        required
      />
      <PictureField
        label={t.picture}
        error={task.errorAt("picture")}
        required
        onChoose={choose}
      />
      <p class="form-error" role="alert">{task.error}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.add}</button>
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
