/** Views that the chat is there without. */
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Late, late } from "../late.ts";
import { strings } from "../strings.ts";
import { Dialog } from "./parts.tsx";

/** The views that are opened beside the chat, and those that can wait. */
export const asides = late(() => import("./aside.ts"));

type Asides = typeof import("./aside.ts");

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
  return lazyFrom(asides, pick);
}

/**
 * The same of other views.
 *
 * @param late What they are loaded with.
 * @param pick Picks the view.
 * @param meanwhile Is shown until it is there.
 */
export function lazyFrom<Views extends object, P extends object>(
  late: Late<Views>,
  pick: (views: Views) => ComponentType<P>,
  meanwhile: () => ComponentChildren = () => null,
): ComponentType<P & { readonly onClose?: () => void }> {
  return function Lazy(props) {
    const [views, setViews] = useState(late.loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (views !== undefined) return;
      let shown = true;
      late.load().then((views) => shown && setViews(views), () => shown && setFailed(true));
      return () => {
        shown = false;
      };
    }, []);
    if (views !== undefined) {
      const View = pick(views);
      return <View {...props} />;
    }
    if (!failed) return <>{meanwhile()}</>;
    const close = () => {
      setFailed(false);
      props.onClose?.();
    };
    return <Failed onClose={close} />;
  };
}

/**
 * A view that is not missed before it is there: it comes when the views beside the chat do, and
 * asks for nothing.
 *
 * @param pick Picks the view.
 */
export function idle<P extends object>(
  pick: (views: Asides) => ComponentType<P>,
): ComponentType<P> {
  return function Idle(props) {
    const [views, setViews] = useState(asides.loaded);
    useEffect(() => {
      let shown = true;
      void asides.there.then((views) => shown && setViews(views));
      return () => {
        shown = false;
      };
    }, []);
    if (views === undefined) return null;
    const View = pick(views);
    return <View {...props} />;
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
