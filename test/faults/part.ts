import { random } from "../random.ts";

/** A test file, and the cells that its text names. */
export type File = { readonly name: string; readonly cells: readonly number[] };

/**
 * The order in which a part of the files is run, for as long as there is time: always the one that names most cells that
 * nothing before it names, and among equals as the seed has it.
 */
export function inOrder(files: readonly File[], covered: readonly number[], seed: number): readonly File[] {
  const next = random(seed);
  let left = files.map((file) => ({ file, lot: next() }));
  const seen = new Set(covered);
  const order: File[] = [];
  while (left.length > 0) {
    const news = ({ cells }: File) => new Set(cells.filter((cell) => !seen.has(cell))).size;
    const [first] = left.toSorted((a, b) => news(b.file) - news(a.file) || a.lot - b.lot);
    if (first === undefined) break;
    order.push(first.file);
    for (const cell of first.file.cells) seen.add(cell);
    left = left.filter((one) => one !== first);
  }
  return order;
}
