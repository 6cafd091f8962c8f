/** Countdowns. */
import { useEffect, useState } from "preact/hooks";

/** Returns the seconds until a time; 0 once it has passed. Renders again each second until then. */
export function useCountdown(until: number | undefined): number {
  const left = () => until === undefined ? 0 : Math.ceil((until - Date.now()) / 1_000);
  const [, redraw] = useState(0);
  const running = left() > 0;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => redraw((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, [until, running]);
  return Math.max(0, left());
}

/** Returns the present time. Renders again at the beginning of each minute, while it is needed. */
export function useMinute(isNeeded: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return;
    setNow(Date.now());
    const timer = setTimeout(() => setNow(Date.now()), 60_000 - Date.now() % 60_000);
    return () => clearTimeout(timer);
  }, [isNeeded, now]);
  return now;
}
