/**
 * A subset of `items` in their order for which `fails` still holds and from which no single item can be left out.
 * `fails` holds for `items`. [Zeller and Hildebrandt 2002]
 */
export function ddmin<Item>(
  items: readonly Item[],
  fails: (subset: readonly Item[]) => boolean,
): readonly Item[] {
  let current = items;
  for (let parts = 2; current.length > 0; ) {
    const size = Math.ceil(current.length / parts);
    let smaller: readonly Item[] | undefined;
    for (let at = 0; at < current.length && smaller === undefined; at += size) {
      const without = [...current.slice(0, at), ...current.slice(at + size)];
      if (fails(without)) smaller = without;
    }
    if (smaller !== undefined) {
      current = smaller;
      parts = Math.max(2, Math.min(parts - 1, current.length));
    } else if (size === 1) return current;
    else parts = Math.min(current.length, parts * 2);
  }
  return current;
}
