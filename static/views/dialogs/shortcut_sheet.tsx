/** The list of keyboard shortcuts. */
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { isApple } from "../../util/platform.ts";
import { FORMAT_KEYS, type TextFormat } from "../composer/formatting.ts";
import { Dialog } from "../shared/parts.tsx";
import type { CloseProps } from "../shared/deferred_views.ts";

type Shortcut = readonly [keys: readonly string[], does: string];

const { shortcuts: t, log } = deferredStrings;
const { shift } = t.keys;
const ctrl = isApple ? "⌘" : t.keys.ctrl;

const groups: readonly (readonly [title: string, shortcuts: readonly Shortcut[]])[] = [
  [t.everywhere, [
    [[ctrl, "/"], t.showShortcuts],
    [[ctrl, "K"], t.goTo],
    [[ctrl, shift, "F"], t.search],
    [["F6"], t.nextSection],
    [[shift, "F6"], t.previousSection],
    [["Alt", "↑"], t.roomAbove],
    [["Alt", "↓"], t.roomBelow],
    [["Alt", shift, "↓"], t.nextUnread],
    [["Esc"], t.close],
  ]],
  [t.writing, [
    [["Enter"], t.send],
    [[shift, "Enter"], t.newLine],
    [["↑"], t.editLast],
    [[shift, "↑"], t.lastMessage],
    [[ctrl, "O"], strings.files.attach],
    [["Esc"], t.cancelReply],
  ]],
  [
    deferredStrings.composer.formatting,
    (Object.keys(FORMAT_KEYS) as TextFormat[]).map((format) => {
      const [code, withShift] = FORMAT_KEYS[format];
      const keys = [ctrl, ...withShift ? [shift] : [], code.slice(-1)];
      return [keys, deferredStrings.composer.formats[format]];
    }),
  ],
  [t.messages, [
    [["↑"], t.messageAbove],
    [["↓"], t.messageBelow],
    [["Tab"], t.messageActions],
    [["1"], t.reactMostUsed],
    [["R"], log.react],
    [["Q"], log.reply],
    [["T"], log.replyInThread],
    [["E"], log.edit],
    [["F"], log.forward],
    [["P"], log.pin],
    [["A"], log.save],
    [["U"], t.markUnread],
    [[t.keys.delete], log.delete],
    [["Esc"], t.leaveMessage],
  ]],
];

/** The dialog. */
export function ShortcutSheet({ onClose }: CloseProps) {
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      {groups.map(([title, shortcuts]) => (
        <section key={title} class="card-section" aria-label={title}>
          <h3>{title}</h3>
          <dl class="shortcuts">
            {shortcuts.map(([keys, does]) => (
              <div key={does}>
                <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
