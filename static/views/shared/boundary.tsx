/** An error boundary: a view that fails must not take the rest of the page with it. */
import { Component, type ComponentChildren } from "preact";
import { strings } from "../../strings/strings.ts";
import { Dialog } from "./parts.tsx";

interface Props {
  /** The message to show when the view has failed. */
  readonly says: string;
  readonly children: ComponentChildren;
  /** Closes the failed view; if set, the message is shown in a dialog. */
  readonly onClose?: (() => void) | undefined;
  /** Whether the message replaces a row of text, or a whole area of the page. */
  readonly small?: boolean;
}

interface Failure {
  readonly failed: boolean;
}

/** Renders its children; if one of them throws, renders a message and a button to retry. */
export class Boundary extends Component<Props, Failure> {
  override state: Failure = { failed: false };

  static override getDerivedStateFromError(): Failure {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(this.props.says, error);
  }

  override render({ says, small, onClose, children }: Props, { failed }: Failure) {
    if (!failed) return children;
    const again = (event: Event) => {
      // The view may be a part of a button, which does something else.
      event.stopPropagation();
      this.setState({ failed: false });
    };
    if (onClose !== undefined) {
      return (
        <Dialog title={strings.notLoaded.title} onClose={onClose}>
          <p role="alert">{says}</p>
          <button type="button" onClick={again}>{strings.broken.retry}</button>
        </Dialog>
      );
    }
    return (
      <div class={`broken ${small ? "small" : ""}`} role="alert">
        <span>{says}</span>
        <button type="button" class="link" onClick={again}>
          {strings.broken.retry}
        </button>
      </div>
    );
  }
}
