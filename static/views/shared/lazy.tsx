/** Views that are loaded after the chat is shown. */
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type LazyModule, lazyModule } from "../../util/lazy_module.ts";
import { strings } from "../../strings/strings.ts";
import { Boundary } from "./boundary.tsx";
import type { DeferredViews } from "./deferred_views.ts";
import { Dialog } from "./parts.tsx";

/** Loads the deferred views. */
export type DeferredViewsLoader = () => Promise<DeferredViews>;

let loader: DeferredViewsLoader = () => Promise.reject(new Error("No loader"));

/** The dialogs, the panels, and the views that the chat can be shown without. */
export const deferredViews = lazyModule<DeferredViews>(() => loader());

/**
 * Sets how the deferred views are loaded; the page does so once at start. This module does not
 * import them itself, because they import it.
 */
export function setDeferredViewsLoader(load: DeferredViewsLoader): void {
  loader = load;
}

/**
 * Returns a component that loads a deferred view and then renders it. If the view cannot be loaded,
 * because the server has a newer page or the connection is down, the component says so and offers
 * to reload the page.
 *
 * @param pick Returns the view.
 */
export function lazy<P extends object>(
  pick: (views: DeferredViews) => ComponentType<P>,
): ComponentType<P & { readonly onClose?: () => void }> {
  return lazyFrom(deferredViews, pick);
}

/**
 * Does what {@link lazy} does, for another module.
 *
 * @param lazyModule The module with the view.
 * @param pick Returns the view.
 * @param meanwhile Renders the content to show while the module loads.
 */
export function lazyFrom<Views extends object, P extends object>(
  lazyModule: LazyModule<Views>,
  pick: (views: Views) => ComponentType<P>,
  meanwhile: () => ComponentChildren = () => null,
): ComponentType<P & { readonly onClose?: () => void }> {
  return function Lazy(props) {
    const [views, setViews] = useState(lazyModule.loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (views !== undefined) return;
      let shown = true;
      lazyModule.load().then((views) => shown && setViews(views), () => shown && setFailed(true));
      return () => {
        shown = false;
      };
    }, []);
    if (views !== undefined) {
      const View = pick(views);
      return (
        <Boundary says={strings.broken.part} onClose={props.onClose}>
          <View {...props} />
        </Boundary>
      );
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
 * Returns a component that renders a deferred view once the deferred views are loaded. It does not
 * load them itself.
 *
 * @param pick Returns the view.
 * @param meanwhile Renders the content to show without the view.
 */
export function idle<P extends object>(
  pick: (views: DeferredViews) => ComponentType<P>,
  meanwhile: (props: P) => ComponentChildren = () => null,
): ComponentType<P> {
  return whenLoaded(pick, () => deferredViews.there, meanwhile);
}

/**
 * Does what {@link idle} does, but loads the views when it is first rendered. If they cannot be
 * loaded, it does without.
 *
 * @param meanwhile Renders the content to show without the view.
 */
export function soon<P extends object>(
  pick: (views: DeferredViews) => ComponentType<P>,
  meanwhile: (props: P) => ComponentChildren = () => null,
): ComponentType<P> {
  const load = () => {
    deferredViews.load().catch(() => {});
    return deferredViews.there;
  };
  return whenLoaded(pick, load, meanwhile);
}

function whenLoaded<P extends object>(
  pick: (views: DeferredViews) => ComponentType<P>,
  load: () => Promise<DeferredViews>,
  meanwhile: (props: P) => ComponentChildren,
): ComponentType<P> {
  return function WhenLoaded(props) {
    const [views, setViews] = useState(deferredViews.loaded);
    useEffect(() => {
      let shown = true;
      void load().then((views) => shown && setViews(views));
      return () => {
        shown = false;
      };
    }, []);
    if (views === undefined) return <>{meanwhile(props)}</>;
    const View = pick(views);
    return (
      <Boundary small says={strings.broken.part}>
        <View {...props} />
      </Boundary>
    );
  };
}

function Failed({ onClose }: { onClose: () => void }) {
  const t = strings.notLoaded;
  return (
    <Dialog title={t.title} onClose={onClose}>
      <p role="alert">{t.text}</p>
      <button type="button" onClick={() => location.reload()}>{t.reload}</button>
    </Dialog>
  );
}

/** Keeps the place of a button that is loaded later, so that nothing moves when it comes. */
export const buttonGap = <span class="icon-button" />;
