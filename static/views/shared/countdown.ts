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
