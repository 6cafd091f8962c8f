/** Records a voice message. */
import { useEffect, useRef, useState } from "preact/hooks";
import { countdownOf, whenOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { useActions } from "../shared/context.ts";
import type { RecorderProps } from "../shared/deferred_views.ts";
import { IconButton } from "../shared/parts.tsx";

/** The longest recording, in seconds; then it is finished. */
const secondsMax = 300;
/** The bits of a second: enough for speech. */
const bitsPerSecond = 32_000;

/** The formats of recordings, the preferred one first, and the endings of their names. */
const formats = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/mp4", "m4a"],
  ["audio/ogg;codecs=opus", "ogg"],
] as const;

/** A recording under way. */
interface Recording {
  readonly recorder: MediaRecorder;
  /** The loudness from 0 to 1. */
  readonly level: () => number;
  readonly end: () => void;
}

/** The button that begins a recording; while it lasts, it covers the composer. */
export function Recorder({ onRecorded }: RecorderProps) {
  const { dispatch } = useActions();
  const [recording, setRecording] = useState<Recording>();
  const isAsking = useRef(false);
  const isGone = useRef(false);
  useEffect(() => () => {
    isGone.current = true;
  }, []);
  useEffect(() => recording?.end, [recording]);
  const t = deferredStrings.media;
  if (!canRecord()) return null;
  const start = async () => {
    if (isAsking.current) return;
    isAsking.current = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const next = record(stream);
      if (isGone.current) next.end();
      else setRecording(next);
    } catch (error) {
      dispatch({ type: "show_news", news: reasonOf(error) });
    }
    isAsking.current = false;
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        title={t.record}
        aria-label={t.record}
        onClick={() => void start()}
      >
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3" />
        </svg>
      </button>
      {recording && (
        <RecordingBar
          recording={recording}
          onDone={(blob) => {
            setRecording(undefined);
            if (blob !== undefined) onRecorded(fileOf(blob));
          }}
        />
      )}
    </>
  );
}

/** The time, the loudness, and how to end it. */
function RecordingBar({ recording, onDone }: {
  recording: Recording;
  onDone: (blob: Blob | undefined) => void;
}) {
  const bar = useRef<HTMLDivElement>(null);
  const [{ seconds, level }, show] = useState({ seconds: 0, level: 0 });
  const { recorder } = recording;
  useEffect(() => {
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    // Also when the microphone is unplugged.
    recorder.onstop = () => onDone(new Blob(parts, { type: recorder.mimeType }));
    recorder.start();
    const begun = performance.now();
    const timer = setInterval(() => {
      const seconds = Math.floor((performance.now() - begun) / 1_000);
      show({ seconds, level: recording.level() });
      if (seconds >= secondsMax) finish();
    }, 200);
    bar.current?.querySelector<HTMLElement>("button:last-child")?.focus();
    return () => {
      clearInterval(timer);
      recorder.onstop = null;
    };
  }, [recording]);
  const finish = () => recorder.state !== "inactive" && recorder.stop();
  const t = deferredStrings.media;
  return (
    <div
      ref={bar}
      class="recorder"
      role="group"
      aria-label={t.recording}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onDone(undefined);
      }}
    >
      <IconButton icon="trash" label={t.discard} onClick={() => onDone(undefined)} />
      <span class="live" />
      <span class="sr-only" role="status">{t.recording}</span>
      <output aria-live="off">{countdownOf(seconds)}</output>
      <meter min={0} max={1} value={level} aria-hidden="true" />
      <IconButton icon="check" label={t.done} onClick={finish} />
    </div>
  );
}

function canRecord(): boolean {
  return globalThis.MediaRecorder !== undefined && navigator.mediaDevices !== undefined;
}

/** Records a stream. The microphone is released by `end`. */
function record(stream: MediaStream): Recording {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const [mimeType] = formatOf((type) => MediaRecorder.isTypeSupported(type));
  return {
    recorder: new MediaRecorder(stream, { mimeType, audioBitsPerSecond: bitsPerSecond }),
    level() {
      analyser.getFloatTimeDomainData(samples);
      return Math.min(1, Math.max(...samples) * 2);
    },
    end() {
      for (const track of stream.getTracks()) track.stop();
      void context.close();
    },
  };
}

function formatOf(isIt: (type: string) => boolean) {
  return formats.find(([type]) => isIt(type)) ?? formats[0];
}

function fileOf(blob: Blob): File {
  const now = Date.now();
  const [, ending] = formatOf((type) => type.split(";")[0] === blob.type.split(";")[0]);
  // A colon is not part of a file's name everywhere.
  const name = deferredStrings.media.recorded({ when: whenOf(now, now).replaceAll(":", ".") });
  return new File([blob], `${name}.${ending}`, { type: blob.type });
}

/** Why there is no microphone. */
function reasonOf(error: unknown): string {
  const t = deferredStrings.media;
  const { name } = error as DOMException;
  return name === "NotAllowedError" ? t.refused : name === "NotFoundError" ? t.missing : t.failed;
}
