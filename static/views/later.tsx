/** Views whose code is loaded when they are first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { strings } from "../strings.ts";

/**
 * A view that stands for another one until that is loaded. Where it cannot be, because the server
 * has a newer page or the line is down, it says so and offers to load the page again.
 *
 * @param load Loads the view; called again for whoever comes after it has failed.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let Loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [state, setState] = useState<"loading" | "loaded" | "failed">("loading");
    useEffect(() => {
      if (Loaded !== undefined) return;
      let current = true;
      load().then((view) => {
        Loaded = view;
        if (current) setState("loaded");
      }, () => current && setState("failed"));
      return () => {
        current = false;
      };
    }, []);
    if (Loaded !== undefined) return <Loaded {...props} />;
    if (state === "loading") return <p class="quiet" role="status">{strings.loading}</p>;
    return (
      <div class="card-section" role="alert">
        <p>{strings.later.failed}</p>
        <button type="button" onClick={() => location.reload()}>{strings.later.reload}</button>
      </div>
    );
  };
}
