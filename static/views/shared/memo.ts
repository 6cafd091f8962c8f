/** Memoized views. */
import { Component, type ComponentChildren, type FunctionComponent, h } from "preact";

/**
 * Wraps a view so that it renders again only when one of its props has changed. A room of hundreds
 * of messages renders often, and hardly any message changes.
 */
export function memo<P extends object>(View: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const keys = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof P>;
      for (const key of keys) if (next[key] !== (this.props as P)[key]) return true;
      return false;
    }
    override render(): ComponentChildren {
      return h(View, this.props as P);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
