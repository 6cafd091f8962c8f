/** The choice of the part of an image that becomes a picture. */
import { useEffect, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { type PicturePart, sideOf } from "../shared/pictures.ts";

/** The side of the frame, in CSS pixels. */
const frame = 192;

/** How large a part of the image can be shown. */
const zoomMax = 4;

/** An image in a frame: the user drags it, or moves it by the keyboard, and enlarges it. */
export function Crop({ image, onDone, onCancel }: {
  image: ImageBitmap;
  onDone: (part: PicturePart) => void;
  onCancel: () => void;
}) {
  const [part, setPart] = useState<PicturePart>({ zoom: 1, across: 0.5, down: 0.5 });
  const canvas = useRef<HTMLCanvasElement>(null);
  const dragged = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  const t = deferredStrings.crop;
  const side = sideOf(image, part);
  useEffect(() => {
    const { width, height } = image;
    const [x, y] = [(width - side) * part.across, (height - side) * part.down];
    canvas.current!.getContext("2d")!
      .drawImage(image, x, y, side, side, 0, 0, 2 * frame, 2 * frame);
  }, [image, part]);
  const drag = (x: number, y: number) => {
    const { current: from } = dragged;
    if (from === undefined) return;
    dragged.current = { x, y };
    const scale = side / frame;
    const moved = (at: number, way: number, space: number) =>
      space === 0 ? at : Math.min(1, Math.max(0, at - way * scale / space));
    setPart({
      ...part,
      across: moved(part.across, x - from.x, image.width - side),
      down: moved(part.down, y - from.y, image.height - side),
    });
  };
  const slider = (what: keyof PicturePart, min: number, max: number) => (
    <label class="field">
      <span class="field-label">{t[what]}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={0.02}
        value={part[what]}
        onInput={({ currentTarget }) => setPart({ ...part, [what]: Number(currentTarget.value) })}
      />
    </label>
  );
  return (
    <div class="crop" role="group" aria-label={t.title}>
      <canvas
        ref={canvas}
        width={2 * frame}
        height={2 * frame}
        role="img"
        aria-label={t.title}
        onPointerDown={({ clientX, clientY, pointerId, currentTarget }) => {
          currentTarget.setPointerCapture(pointerId);
          dragged.current = { x: clientX, y: clientY };
        }}
        onPointerMove={({ clientX, clientY }) => drag(clientX, clientY)}
        onPointerUp={() => dragged.current = undefined}
        onPointerCancel={() => dragged.current = undefined}
      />
      <div class="crop-sliders">
        {slider("zoom", 1, zoomMax)}
        {slider("across", 0, 1)}
        {slider("down", 0, 1)}
      </div>
      <div class="dialog-buttons">
        <button type="button" onClick={onCancel}>{strings.cancel}</button>
        <button type="button" class="primary" onClick={() => onDone(part)}>{t.use}</button>
      </div>
    </div>
  );
}
