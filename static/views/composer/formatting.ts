/**
 * What the formatting controls do to a text: pure functions of the text and its selection.
 *
 * @module
 */

/** A way to format a text. */
export type TextFormat = "bold" | "italic" | "strike" | "code" | "quote" | "list" | "link";

/** A change of a text: the range to replace, its new text, and the selection afterwards. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly selection: readonly [start: number, end: number];
}

/** The signs around a text. */
const AROUND = { bold: "**", italic: "_", strike: "~~", code: "`" } as const;
/** The sign before each line. */
const BEFORE = { quote: "> ", list: "- " } as const;

/** Formats the selected text; a text that is formatted so already loses the format. */
export function formatted(
  text: string,
  start: number,
  end: number,
  format: TextFormat,
): TextChange {
  if (format === "quote" || format === "list") return lines(text, start, end, BEFORE[format]);
  if (format === "link") return link(text, start, end);
  const isBlock = format === "code" && text.slice(start, end).includes("\n");
  return isBlock ? codeBlock(text, start, end) : around(text, start, end, AROUND[format]);
}

function around(text: string, start: number, end: number, sign: string): TextChange {
  const { length } = sign;
  const selected = text.slice(start, end);
  // Spaces at an end would keep the signs from being read as a format.
  const inner = selected.trim();
  const lead = selected === inner ? 0 : selected.indexOf(inner);
  const [from, to] = [start + lead, start + lead + inner.length];
  if (text.slice(from - length, from) === sign && text.slice(to, to + length) === sign) {
    return change(from - length, to + length, inner, 0, inner.length);
  }
  if (inner.length > 2 * length && inner.startsWith(sign) && inner.endsWith(sign)) {
    const bare = inner.slice(length, -length);
    return change(from, to, bare, 0, bare.length);
  }
  return change(from, to, sign + inner + sign, length, length + inner.length);
}

function codeBlock(text: string, start: number, end: number): TextChange {
  const [before, after] = [start > 0 && text[start - 1] !== "\n", text[end] !== "\n"];
  const open = `${before ? "\n" : ""}\`\`\`\n`;
  const inner = text.slice(start, end);
  const close = `\n\`\`\`${after && end < text.length ? "\n" : ""}`;
  return change(start, end, open + inner + close, open.length, open.length + inner.length);
}

/** The lines of the selection as a whole. */
function lines(text: string, start: number, end: number, sign: string): TextChange {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", Math.max(end, from));
  const to = next === -1 ? text.length : next;
  const all = text.slice(from, to).split("\n");
  const isOn = all.every((line) => line.startsWith(sign));
  const result = all.map((line) => isOn ? line.slice(sign.length) : sign + line).join("\n");
  const isCaret = start === end;
  const caret = Math.max(0, end - from + (isOn ? -sign.length : sign.length));
  return change(from, to, result, isCaret ? caret : 0, isCaret ? caret : result.length);
}

const ADDRESS = /^https?:\/\/\S+$/;

function link(text: string, start: number, end: number): TextChange {
  const selected = text.slice(start, end);
  // Of an address, the name is missing; of a name, the address.
  if (ADDRESS.test(selected)) return change(start, end, `[](${selected})`, 1, 1);
  const address = "https://";
  const at = selected.length + 3;
  return change(start, end, `[${selected}](${address})`, at, at + address.length);
}

function change(start: number, end: number, text: string, from: number, to: number): TextChange {
  return { start, end, text, selection: [start + from, start + to] };
}

/** The shortcut of each format, together with Ctrl or ⌘: its key, and whether with Shift. */
export const FORMAT_KEYS: Readonly<Record<TextFormat, readonly [code: string, shift: boolean]>> = {
  bold: ["KeyB", false],
  italic: ["KeyI", false],
  strike: ["KeyX", true],
  code: ["KeyE", false],
  quote: ["Digit9", true],
  list: ["Digit8", true],
  link: ["KeyU", true],
};

/** Returns the format that a key asks for. */
export function formatOf(
  event: Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): TextFormat | undefined {
  if (event.ctrlKey === event.metaKey || event.altKey) return undefined;
  const formats = Object.keys(FORMAT_KEYS) as TextFormat[];
  return formats.find((format) => {
    const [code, shift] = FORMAT_KEYS[format];
    // Letters are where the user's layout has them, digits where the keyboard does.
    const letter = code.startsWith("Key") ? code.slice(3).toLowerCase() : undefined;
    const isKey = letter === undefined ? event.code === code : event.key.toLowerCase() === letter;
    return isKey && event.shiftKey === shift;
  });
}
