/**
 * Keyboard movement in a grid of groups; each group begins a new row, so rows may be short.
 *
 * @module
 */

/**
 * Returns the cell that an arrow key leads to.
 *
 * @param sizes The number of cells in each group.
 * @param columns The number of cells in a full row.
 * @param at The current cell, counted through all groups.
 * @returns `at` if there is no cell in that direction, or the key is no arrow.
 */
export function moveInGrid(
  sizes: readonly number[],
  columns: number,
  at: number,
  key: string,
): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (key === "ArrowLeft") return Math.max(0, at - 1);
  if (key === "ArrowRight") return Math.min(total - 1, at + 1);
  if (key !== "ArrowUp" && key !== "ArrowDown") return at;
  const rows = rowsOf(sizes, columns);
  const row = rows.findIndex(([start, length]) => at < start + length);
  const next = rows[row + (key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return at;
  const [start, length] = next;
  return start + Math.min(at - rows[row]![0], length - 1);
}

function rowsOf(sizes: readonly number[], columns: number): readonly (readonly [number, number])[] {
  const rows: [start: number, length: number][] = [];
  let start = 0;
  for (const size of sizes) {
    for (let left = size; left > 0; left -= columns) {
      rows.push([start, Math.min(left, columns)]);
      start += Math.min(left, columns);
    }
  }
  return rows;
}
