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

/** The props of a view. */
type PropsOf<View> = View extends ComponentType<infer P> ? P : never;

/** A view that is loaded when it is shown; `onClose` is called if that fails. */
type Lazy<View> = ComponentType<PropsOf<View> & { readonly onClose?: () => void }>;

/**
 * Returns a component that loads a deferred view and then renders it. If the view cannot be loaded,
 * because the server has a newer page or the connection is down, the component says so and offers
 * to reload the page.
 *
 * @param name The name of the view.
 */
export function lazy<K extends keyof DeferredViews>(name: K): Lazy<DeferredViews[K]> {
  return lazyFrom(deferredViews, name);
}

/**
 * Does what {@link lazy} does, for another module.
 *
 * @param lazyModule The module with the view.
 * @param name The name of the view.
 * @param meanwhile Renders the content to show while the module loads.
 */
export function lazyFrom<Views extends object, K extends keyof Views>(
  lazyModule: LazyModule<Views>,
  name: K,
  meanwhile: () => ComponentChildren = () => null,
): Lazy<Views[K]> {
  return shownOnce(lazyModule, name, lazyModule.load, meanwhile);
}

/**
 * Returns a component that renders a deferred view once the deferred views are loaded. It does not
 * load them itself.
 *
 * @param name The name of the view.
 * @param meanwhile Renders the content to show without the view.
 */
export function idle<K extends keyof DeferredViews>(
  name: K,
  meanwhile: (props: PropsOf<DeferredViews[K]>) => ComponentChildren = () => null,
): Lazy<DeferredViews[K]> {
  return shownOnce(deferredViews, name, () => deferredViews.there, meanwhile, true);
}

/**
 * Does what {@link idle} does, but loads the views when it is first rendered. If they cannot be
 * loaded, it does without.
 *
 * @param meanwhile Renders the content to show without the view.
 */
export function soon<K extends keyof DeferredViews>(
  name: K,
  meanwhile: (props: PropsOf<DeferredViews[K]>) => ComponentChildren = () => null,
): Lazy<DeferredViews[K]> {
  const load = () => {
    deferredViews.load().catch(() => {});
    return deferredViews.there;
  };
  return shownOnce(deferredViews, name, load, meanwhile, true);
}

/**
 * Returns a component that renders a view once its module is loaded.
 *
 * @param load Loads the module, or waits until it is loaded.
 * @param isSmall Whether the page can do without the view.
 */
function shownOnce<Views extends object, K extends keyof Views>(
  lazyModule: LazyModule<Views>,
  name: K,
  load: () => Promise<Views>,
  meanwhile: (props: PropsOf<Views[K]>) => ComponentChildren,
  isSmall = false,
): Lazy<Views[K]> {
  return function Shown(props) {
    const [views, setViews] = useState(lazyModule.loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      let shown = true;
      load().then((views) => shown && setViews(views), () => shown && setFailed(true));
      return () => {
        shown = false;
      };
    }, []);
    const { onClose } = props;
    if (views !== undefined) {
      const View = views[name] as ComponentType<typeof props>;
      return (
        <Boundary small={isSmall} says={strings.broken.part} onClose={onClose}>
          <View {...props} />
        </Boundary>
      );
    }
    if (!failed) return <>{meanwhile(props)}</>;
    const close = () => {
      setFailed(false);
      onClose?.();
    };
    return <Failed onClose={close} />;
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
