/** Files that are played or opened in place. */
import { useEffect, useRef, useState } from "preact/hooks";
import { countdownOf, sizeOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { levelsOf } from "../../util/media_prepare.ts";
import type { FileProps } from "../shared/deferred_views.ts";
import { Icon } from "../shared/parts.tsx";
import { addressOf, FileRow, sizeInLog, thumbnailOf } from "./files.tsx";

/** The space of a video without a thumbnail, in pixels. */
const unknownSize = { width: 1_280, height: 720 };

const shapes = {
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  enlarge: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
} as const;

/** The element that plays: one at a time. */
let playing: HTMLMediaElement | undefined;

/** Stops whatever else plays. */
export function playAlone(element: HTMLMediaElement): void {
  if (playing !== element) playing?.pause();
  playing = element;
}

/** A video, audio or a PDF. Nothing of it is loaded before the user asks for it, but a thumbnail. */
export function MediaFile(props: FileProps) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) {
    return (
      <>
        <FileRow {...props} />
        <small class="quiet" role="status">{deferredStrings.media.broken}</small>
      </>
    );
  }
  const { type } = props.file;
  if (type.startsWith("video/")) return <Video {...props} onBroken={() => setBroken(true)} />;
  if (type.startsWith("audio/")) return <Sound {...props} onBroken={() => setBroken(true)} />;
  return <Pdf {...props} />;
}

interface PlayedProps extends FileProps {
  readonly onBroken: () => void;
}

/** An icon of the media. */
export function Shape({ name }: { name: keyof typeof shapes }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

function Download({ file, tabIndex }: FileProps) {
  const { download } = strings.files;
  return (
    <a
      class="icon-button"
      href={addressOf(file)}
      download={file.name}
      title={download}
      tabIndex={tabIndex}
    >
      <Icon name="download" />
      <span class="sr-only">{download}: {file.name}</span>
    </a>
  );
}

/** The thumbnail of a video, or the space for it; the user presses it for the video. */
export function VideoThumbnail({ file, tabIndex, onOpen }: FileProps & { onOpen: () => void }) {
  const { name, thumbnail } = file;
  const space = sizeInLog(thumbnail ?? unknownSize);
  const label = deferredStrings.media.play({ name });
  return (
    <button
      type="button"
      class="picture of-video"
      title={label}
      aria-label={label}
      tabIndex={tabIndex}
      onClick={onOpen}
    >
      {thumbnail
        ? <img src={thumbnailOf(file)} alt="" {...space} loading="lazy" decoding="async" />
        : <canvas class="blank" {...space} />}
      <Shape name="play" />
    </button>
  );
}

/** A thumbnail that becomes the video when the user presses it. */
function Video({ file, tabIndex, onOpen, onBroken }: PlayedProps) {
  const [isOpen, open] = useState(false);
  const { name, thumbnail, duration, size } = file;
  const space = sizeInLog(thumbnail ?? unknownSize);
  return (
    <div class="video">
      {isOpen
        ? (
          <video
            controls
            autoplay
            playsInline
            preload="metadata"
            src={addressOf(file)}
            {...(thumbnail ? { poster: thumbnailOf(file) } : {})}
            {...space}
            aria-label={name}
            onPlay={({ currentTarget }) => playAlone(currentTarget)}
            onError={onBroken}
          />
        )
        : <VideoThumbnail file={file} tabIndex={tabIndex} onOpen={() => open(true)} />}
      <span class="video-about">
        <a
          class="quiet"
          href={addressOf(file)}
          download={name}
          title={strings.files.download}
          tabIndex={tabIndex}
        >
          <small>
            <bdi>{name}</bdi>, {duration === undefined ? "" : `${clockOf(duration)}, `}
            {sizeOf(size)}
          </small>
        </a>
        {onOpen && (
          <button
            type="button"
            class="icon-button"
            title={deferredStrings.media.enlarge({ name })}
            aria-label={deferredStrings.media.enlarge({ name })}
            tabIndex={tabIndex}
            onClick={onOpen}
          >
            <Shape name="enlarge" />
          </button>
        )}
      </span>
    </div>
  );
}

/** Audio: a button, and where it is. */
function Sound({ file, tabIndex, onBroken }: PlayedProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [isOpen, open] = useState(false);
  const [isPlaying, setPlaying] = useState(false);
  /** In ms. */
  const [at, setAt] = useState(0);
  const [found, setFound] = useState(0);
  const { name } = file;
  const duration = file.duration ?? found;
  const t = deferredStrings.media;
  // An element that is gone from the page would play on.
  useEffect(() => {
    const { current } = audio;
    return () => current?.pause();
  }, [isOpen]);
  const toggle = () => {
    open(true);
    const { current } = audio;
    if (current?.paused) void current.play().catch(() => {});
    else current?.pause();
  };
  const label = (isPlaying ? t.pause : t.play)({ name });
  return (
    <div class="file-row media-row" role="group" aria-label={name}>
      {isOpen && (
        <audio
          ref={audio}
          src={addressOf(file)}
          autoplay
          preload="metadata"
          onPlay={({ currentTarget }) => {
            playAlone(currentTarget);
            setPlaying(true);
          }}
          onPause={() => setPlaying(false)}
          onEnded={() => setAt(0)}
          onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime * 1_000)}
          onLoadedMetadata={({ currentTarget: { duration } }) =>
            Number.isFinite(duration) && setFound(duration * 1_000)}
          onError={onBroken}
        />
      )}
      <button
        type="button"
        class="icon-button"
        title={label}
        aria-label={label}
        tabIndex={tabIndex}
        onClick={toggle}
      >
        <Shape name={isPlaying ? "pause" : "play"} />
      </button>
      <span class="file-what">
        <bdi>{name}</bdi>
        <Scale
          {...{ file, at, duration, tabIndex }}
          onMove={(to) => {
            setAt(to);
            if (audio.current !== null) audio.current.currentTime = to / 1_000;
          }}
        />
        <small>{duration > 0 ? t.time({ at: clockOf(at), total: clockOf(duration) }) : ""}</small>
      </span>
      <Download file={file} tabIndex={tabIndex} />
    </div>
  );
}

/** The position, on the waveform if there is one. */
function Scale({ file, at, duration, tabIndex, onMove }: FileProps & {
  at: number;
  duration: number;
  onMove: (to: number) => void;
}) {
  const { peaks, name } = file;
  const share = duration > 0 ? Math.min(1, at / duration) : 0;
  return (
    <span class={`scale ${peaks === undefined ? "" : "drawn"}`}>
      {peaks !== undefined && (
        <>
          <Waveform peaks={peaks} />
          <Waveform peaks={peaks} played={share} />
        </>
      )}
      <input
        type="range"
        min={0}
        max={Math.max(1, Math.round(duration))}
        step={100}
        value={at}
        disabled={duration === 0}
        aria-label={deferredStrings.media.position({ name })}
        aria-valuetext={clockOf(at)}
        tabIndex={tabIndex}
        onInput={({ currentTarget }) => onMove(Number(currentTarget.value))}
      />
    </span>
  );
}

/** A waveform, or its part that has been played. Decorative. */
function Waveform({ peaks, played }: { peaks: string; played?: number }) {
  const levels = levelsOf(peaks);
  const path = levels.map((level, n) => {
    const height = Math.max(2, level * 28);
    return `M${n * 4} ${14 - height / 2}h3v${height}h-3z`;
  }).join("");
  const isPlayed = played !== undefined;
  return (
    <svg
      class={`waveform ${isPlayed ? "played" : ""}`}
      viewBox={`0 0 ${levels.length * 4} 28`}
      preserveAspectRatio="none"
      aria-hidden="true"
      {...(isPlayed ? { style: { clipPath: `inset(0 ${100 - played * 100}% 0 0)` } } : {})}
    >
      <path d={path} />
    </svg>
  );
}

/** A PDF: the browser shows it in a tab of its own. */
function Pdf({ file, tabIndex }: FileProps) {
  const { name, size } = file;
  return (
    <div class="file-row">
      <Icon name="file" />
      <span class="file-what">
        <a
          href={addressOf(file)}
          target="_blank"
          rel="noopener"
          title={deferredStrings.media.openPdf({ name })}
          tabIndex={tabIndex}
        >
          <bdi>{name}</bdi>
        </a>
        <small>PDF, {sizeOf(size)}</small>
      </span>
      <Download file={file} tabIndex={tabIndex} />
    </div>
  );
}

/** A time in ms as minutes and seconds. */
function clockOf(ms: number): string {
  return countdownOf(Math.round(ms / 1_000));
}
