/** Media queries as hooks. */
import { useEffect, useState } from "preact/hooks";

/** Below this width the sidebar is a drawer; the style sheet has the same number. */
const narrow = "(max-width: 760px)";

/** Whether the screen is as narrow as a phone's. */
export function useNarrow(): boolean {
  const [matches, setMatches] = useState(() => matchMedia(narrow).matches);
  useEffect(() => {
    const list = matchMedia(narrow);
    const update = () => setMatches(list.matches);
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, []);
  return matches;
}
