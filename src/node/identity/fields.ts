import * as v from 'valibot';
import { formatAddress, parseAddress } from '../address.ts';
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts';

/** What members and clusters are called: it fits file names, metric labels and certificates as it is. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Most addresses one member may be reached at. */
export const ADDRESSES_MAX = 8;

/** A name. */
export const nameField = v.pipe(
  v.string(),
  v.regex(NAME_PATTERN, 'must be 1 to 32 of a-z, 0-9 and "-", and must not start with "-"'),
);

/** A raw Ed25519 public key or seed in hexadecimal. */
export const keyField = v.pipe(v.string(), v.regex(hexOf(KEY_BYTES), 'must be 64 digits of lower-case hex'));

/** A SHA-256 in hexadecimal. */
export const digestField = v.pipe(v.string(), v.regex(hexOf(32), 'must be 64 digits of lower-case hex'));

/** An Ed25519 signature in hexadecimal. */
export const signatureField = v.pipe(
  v.string(),
  v.regex(hexOf(SIGNATURE_BYTES), 'must be 128 digits of lower-case hex'),
);

/** An address that others can dial, in its one spelling. */
export const addressField = v.pipe(
  v.string(),
  v.check(isDialable, 'must be a lower-case HOST:PORT or [IPV6]:PORT with a port from 1 to 65535'),
);

/** The addresses of a member, each tried in turn. */
export const addressesField = v.pipe(
  v.array(addressField),
  v.minLength(1, 'must name at least one HOST:PORT'),
  v.maxLength(ADDRESSES_MAX, `must name at most ${ADDRESSES_MAX} addresses`),
);

/** The first two keys of every file of this project: what it is, and the version of its form. */
export function fileKind<const Kind extends string>(kind: Kind) {
  return {
    quorumcast: v.custom<Kind>((value) => value === kind, `must be "${kind}": this is another kind of file`),
    version: v.custom<1>((value) => value === 1, 'must be 1: a newer quorumcast is needed for others'),
  };
}

function hexOf(bytes: number): RegExp {
  return new RegExp(`^[0-9a-f]{${2 * bytes}}$`);
}

function isDialable(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && address.port > 0 && formatAddress(address) === text;
}
