import { Committee, MEMBERS_MAX } from '../../committee/index.ts';

/** By n and f. Committees never change, and runs of a campaign have few. */
const known = new Map<number, Committee>();

/** The committee of a run. @throws RangeError if there is none of that size */
export function committeeOf(n: number, f: number): Committee {
  const key = f * (MEMBERS_MAX + 1) + n;
  const same = known.get(key);
  if (same?.n === n && same.f === f) return same;
  const committee = new Committee(n, f);
  known.set(key, committee);
  return committee;
}
