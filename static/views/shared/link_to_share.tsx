/** A link for other people: to copy, to scan, and to hand to another app. */
import { isLoopbackName } from "../../../lib/protocol/loopback.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { CopyField } from "./copy.tsx";
import { QrCode } from "./qr.tsx";

/** Shows a link, and says so if it works on this machine alone. */
export function LinkToShare({ label, url }: { label: string; url: string }) {
  const t = deferredStrings.link;
  return (
    <div class="made">
      <CopyField label={label} text={url} />
      {isLoopbackName(new URL(url)) && <p class="form-error" role="alert">{t.onlyHere}</p>}
      <QrCode text={url} label={t.qr} />
      {"share" in navigator && (
        <button
          type="button"
          onClick={() => void navigator.share({ url }).catch(() => {})}
        >
          {t.share}
        </button>
      )}
    </div>
  );
}
