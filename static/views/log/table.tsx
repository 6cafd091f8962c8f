/** Tables in messages, and the boxes of tasks. */
import { useContext } from "preact/hooks";
import type { Cell, TableBlock } from "../../../lib/protocol/text/markdown/tree.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ReachContext } from "../shared/context.ts";
import { Icon } from "../shared/parts.tsx";
import { inlines } from "./markdown.tsx";

/** A table. One that is wider than the message scrolls in it. */
export function Table({ align, rows: [header = [], ...rows] }: TableBlock) {
  const styleOf = (column: number) => {
    const side = align[column];
    return side === undefined ? {} : { style: { textAlign: side } };
  };
  const cells = (row: readonly Cell[]) =>
    row.map((cell, n) => <td key={n} dir="auto" {...styleOf(n)}>{inlines(cell)}</td>);
  return (
    <div
      class="table"
      role="group"
      aria-label={deferredStrings.log.table}
      tabIndex={useContext(ReachContext)}
    >
      <table>
        <thead>
          <tr>
            {header.map((cell, n) => (
              <th key={n} scope="col" dir="auto" {...styleOf(n)}>{inlines(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              {cells(row)}
              {row.length < header.length && <td colSpan={header.length - row.length} />}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The box of a task. Only its author changes it, by editing the message. */
export function Task({ done }: { done: boolean }) {
  const { taskDone, taskOpen } = deferredStrings.log;
  return (
    <span class="task" role="img" aria-label={done ? taskDone : taskOpen}>
      {done && <Icon name="check" />}
    </span>
  );
}
