/** Spares a view that would come out the same. */
import { Component, type ComponentChildren, type FunctionComponent, h } from "preact";

/**
 * A view that is drawn again only when one of its props is another value. A room of hundreds of
 * messages is drawn often, and hardly any of them has changed.
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
