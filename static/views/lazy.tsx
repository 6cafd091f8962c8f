/** Views that the chat is there without. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { strings } from "../strings.ts";
import { Dialog } from "./parts.tsx";

type Asides = typeof import("./aside.ts");

let loaded: Asides | undefined;
let loading: Promise<Asides> | undefined;

/** Loads those views, once. Rejects where they cannot be loaded; whoever asks again tries again. */
export function loadAsides(): Promise<Asides> {
  return loading ??= load();
}

async function load(): Promise<Asides> {
  try {
    return loaded = await import("./aside.ts");
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/**
 * A view that stands for another one until that is loaded, which it mostly is. Where it cannot be,
 * because the server has a newer page or the line is down, it says so and offers to load the page
 * again.
 *
 * @param pick Picks the view.
 */
export function lazy<P extends object>(
  pick: (views: Asides) => ComponentType<P>,
): ComponentType<P & { readonly onClose?: () => void }> {
  return function Lazy(props) {
    const [views, setViews] = useState(loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (views !== undefined) return;
      let shown = true;
      loadAsides().then((views) => shown && setViews(views), () => shown && setFailed(true));
      return () => {
        shown = false;
      };
    }, []);
    if (views !== undefined) {
      const View = pick(views);
      return <View {...props} />;
    }
    if (!failed) return null;
    const close = () => {
      setFailed(false);
      props.onClose?.();
    };
    return <Failed onClose={close} />;
  };
}

function Failed({ onClose }: { onClose: () => void }) {
  const t = strings.later;
  return (
    <Dialog title={t.title} onClose={onClose}>
      <p role="alert">{t.failed}</p>
      <button type="button" onClick={() => location.reload()}>{t.reload}</button>
    </Dialog>
  );
}
