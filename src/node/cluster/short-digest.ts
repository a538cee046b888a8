/** Crockford's base32: no I, L, O and U, so that a digest can be read out on the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 3;
const GROUP_CHARS = 4;

/** The first 60 bits of a digest for people to compare: 7Q4K-M2XD-9TVA. Programs compare the whole digest. */
export function shortDigest(digest: Uint8Array): string {
  const groups: string[] = [];
  for (let group = 0; group < GROUPS; group += 1) {
    let text = '';
    for (let char = 0; char < GROUP_CHARS; char += 1) {
      text += ALPHABET[fiveBitsAt(digest, 5 * (group * GROUP_CHARS + char))];
    }
    groups.push(text);
  }
  return groups.join('-');
}

function fiveBitsAt(bytes: Uint8Array, bit: number): number {
  const byte = bit >> 3;
  const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
  return (pair >> (11 - (bit & 7))) & 31;
}
