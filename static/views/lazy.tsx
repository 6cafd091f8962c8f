/** Views that are loaded when they are first shown. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A view that comes over the network when it is first needed. Until it is there nothing is shown:
 * that takes a moment, once.
 *
 * @param load Loads the view's module and picks the view from it.
 */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
): (props: P) => JSX.Element | null {
  let loaded: ComponentType<P> | undefined;
  return (props) => {
    const [View, setView] = useState(() => loaded);
    useEffect(() => {
      if (View !== undefined) return;
      let shown = true;
      // Without a network it is not there: whoever asks again tries again.
      load().then((view) => {
        loaded = view;
        if (shown) setView(() => view);
      }, () => {});
      return () => {
        shown = false;
      };
    }, []);
    return View === undefined ? null : <View {...props} />;
  };
}
