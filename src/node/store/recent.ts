import type { Group } from './group.ts';

/** Bounds on what stays in memory of what is in the file already. The last group stays, however long it is. */
const GROUPS_MAX = 8;
const BYTES_MAX = 4_194_304;

/**
 * The groups written last, oldest first: a payload is mostly wanted right after it was kept, by those who read what
 * was delivered, and then need not come from the disk.
 */
export class RecentGroups {
  readonly #groups: Group[] = [];
  #bytes = 0;

  /** Takes in a group that is in the file. Returns a buffer to be used again, if one falls vacant. */
  add(group: Group): Buffer | undefined {
    if (!group.keeps) return group.spare;
    this.#groups.push(group);
    this.#bytes += group.bytesHeld;
    let spare: Buffer | undefined;
    while (this.#groups.length > GROUPS_MAX || (this.#bytes > BYTES_MAX && this.#groups.length > 1)) {
      const oldest = this.#groups.shift();
      this.#bytes -= oldest?.bytesHeld ?? 0;
      spare = oldest?.spare ?? spare;
    }
    return spare;
  }

  /** A payload that one of them holds. */
  payload(row: number): Uint8Array | undefined {
    for (let index = this.#groups.length - 1; index >= 0; index -= 1) {
      const payload = this.#groups[index]?.payload(row);
      if (payload !== undefined) return payload;
    }
    return undefined;
  }
}
