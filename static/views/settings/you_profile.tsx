/** What the user says about themselves: a display name, a status and a picture. */
import { useState } from "preact/hooks";
import { AVATAR_SIDE, LIMITS } from "../../../lib/protocol/limits.ts";
import type { CommandOf } from "../../../lib/protocol/frames.ts";
import type { PersonWithProfile } from "../../../lib/protocol/responses.ts";
import { call, isRefused } from "../../net/api.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { EmojiButton } from "../composer/emoji_button.tsx";
import { useProfile } from "../shared/context.ts";
import { type PicturePart, sendPicture, squareOf } from "../shared/pictures.ts";
import { useLoaded, useTask } from "../shared/task.ts";
import { PictureField } from "../shared/more_fields.tsx";
import { Field } from "../shared/text_field.tsx";
import { Crop } from "./crop.tsx";

const HOUR = 3_600_000;

/** After how many hours a status ends; 0 for never. */
const endings = [0, 1, 4, 24, 168] as const;

/** The tab. */
export function ProfileSettings({ state }: { state: PageState }) {
  const task = useTask();
  const { id = "" } = state.me;
  const { value } = useLoaded(
    task,
    () => call<PersonWithProfile>("GET", `/api/people/${id}`),
  );
  if (value === undefined) return <p class="quiet">{task.error || strings.loading}</p>;
  return (
    <>
      <Words key={JSON.stringify(value)} profile={value} />
      <Picture state={state} />
    </>
  );
}

function setProfile(change: Omit<CommandOf<"set_profile">, "type">) {
  return call<object>("PATCH", "/api/profile", change);
}

function Words({ profile }: { profile: PersonWithProfile }) {
  const task = useTask({
    ...{ bad_request: "name", name_taken: "name", name_reserved: "name" },
    bad_emoji: "emoji",
  });
  const [saved, setSaved] = useState(false);
  const [name, setName] = useState(profile.display_name ?? "");
  const [emoji, setEmoji] = useState(profile.status?.emoji ?? "");
  const [text, setText] = useState(profile.status?.text ?? "");
  const [hours, setHours] = useState<number>(0);
  const t = deferredStrings.profile;
  const submit = async (event: Event) => {
    event.preventDefault();
    setSaved(false);
    const isSet = emoji.trim() !== "" || text.trim() !== "";
    const until = hours === 0 ? {} : { until: Date.now() + hours * HOUR };
    const answer = await task.run(async () => {
      const answer = await setProfile({
        display_name: name.trim() || null,
        status: isSet ? { emoji: emoji.trim(), text: text.trim(), ...until } : null,
      });
      // The fields let nothing else through that would be malformed.
      return isRefused(answer) && answer.code === "bad_request"
        ? { ...answer, detail: t.badName({ nameMax: LIMITS.name_length }) }
        : answer;
    });
    setSaved(answer !== undefined);
  };
  return (
    <form class="card-section" onSubmit={(event) => void submit(event)}>
      <Field
        label={t.displayName}
        hint={t.displayNameHint}
        value={name}
        onInput={setName}
        error={task.errorAt("name")}
        maxLength={LIMITS.name_length}
      />
      <div class="with-emoji">
        <Field
          label={t.emoji}
          value={emoji}
          onInput={setEmoji}
          error={task.errorAt("emoji")}
          maxLength={LIMITS.emoji_length}
        />
        <EmojiButton label={strings.composer.emoji} onPick={setEmoji} />
        <Field label={t.status} value={text} onInput={setText} maxLength={LIMITS.status_length} />
      </div>
      <label class="field">
        <span class="field-label">{t.ends}</span>
        <select
          value={hours}
          onChange={(event) => setHours(Number(event.currentTarget.value))}
        >
          {endings.map((each) => (
            <option key={each} value={each}>
              {each === 0 ? t.never : t.inHours({ count: each })}
            </option>
          ))}
        </select>
      </label>
      <p class="form-error" role="alert">{task.error}</p>
      <p class="form-done" role="status">{saved ? t.saved : ""}</p>
      <button type="submit" class="primary" disabled={task.busy}>{t.save}</button>
    </form>
  );
}

function Picture({ state }: { state: PageState }) {
  const [error, fail] = useState("");
  const t = deferredStrings.profile;
  const avatar = useProfile(state.me.name)?.avatar;
  async function set(avatar: string | null) {
    const answer = await setProfile({ avatar });
    fail(isRefused(answer) ? answer.detail : "");
  }
  const [image, setImage] = useState<ImageBitmap>();
  async function choose(file: File | undefined) {
    if (file === undefined) return;
    fail("");
    await createImageBitmap(file).then(setImage, () => fail(t.noPicture));
  }
  async function send(image: ImageBitmap, part: PicturePart) {
    setImage(undefined);
    const sent = await sendPicture(state, () => squareOf(image, AVATAR_SIDE, "image/jpeg", part));
    if (sent === undefined) fail(t.noPicture);
    else if (isRefused(sent)) fail(sent.detail);
    else await set(sent.id);
  }
  return (
    <div class="card-section">
      {avatar && (
        <img
          class="portrait"
          src={`/api/avatars/${avatar}`}
          alt=""
          width="96"
          height="96"
        />
      )}
      <PictureField
        label={t.picture}
        hint={t.pictureHint}
        error={error}
        onChoose={(file, field) => {
          void choose(file);
          // The same file can be chosen again.
          field.value = "";
        }}
      />
      {image && (
        <Crop
          image={image}
          onDone={(part) => void send(image, part)}
          onCancel={() => setImage(undefined)}
        />
      )}
      {avatar && <button type="button" onClick={() => void set(null)}>{t.removePicture}</button>}
    </div>
  );
}
