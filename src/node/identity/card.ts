import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fromHex, reasonOf, toHex } from '../../base/index.ts';
import { QuorumcastError } from '../errors.ts';
import { parseStrictJson } from '../strict-json.ts';
import { canonicalJson } from './canonical-json.ts';
import { verifyBytes } from './ed25519.ts';
import { addressesField, fileKind, keyField, nameField, signatureField } from './fields.ts';
import { type Identity, writeNewFile } from './identity.ts';

/**
 * What a member sends to those who make a cluster with it: public. Signed with its own key, so that a card that
 * was damaged or edited on the way is noticed; who made it is for people to confirm.
 */
export interface Card {
  readonly name: string;
  /** Lower-case hex of the raw Ed25519 key. */
  readonly publicKey: string;
  /** HOST:PORT each, at least one: where other members reach this one. */
  readonly addresses: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
}

const DOMAIN = 'quorumcast/card/1\0';

const cardSchema = v.object({
  ...fileKind('card'),
  name: nameField,
  publicKey: keyField,
  addresses: addressesField,
  signature: signatureField,
});

/** The card of an identity that is reached at these addresses. @throws QuorumcastError ERR_IDENTITY */
export function makeCard(identity: Identity, addresses: readonly string[]): Card {
  const unsigned = { name: identity.name, publicKey: toHex(identity.publicKey), addresses };
  const card = { ...unsigned, signature: toHex(identity.sign(signedBytes(unsigned))) };
  return parseCard(serializeCard(card), 'card');
}

/** Whether the card bears the signature of the key it names. */
export function verifyCard(card: Card): boolean {
  const publicKey = fromHex(card.publicKey);
  const signature = fromHex(card.signature);
  if (publicKey === undefined || signature === undefined) return false;
  return verifyBytes(publicKey, signedBytes(card), signature);
}

/** The contents of a card file. */
export function serializeCard(card: Card): string {
  const { name, publicKey, addresses, signature } = card;
  return `${JSON.stringify({ quorumcast: 'card', version: 1, name, publicKey, addresses, signature }, undefined, 2)}\n`;
}

/** A card from the contents of its file, verified. @throws QuorumcastError ERR_IDENTITY */
export function parseCard(text: string, fileName: string): Card {
  const { name, publicKey, addresses, signature } = parseStrictJson(text, fileName, cardSchema, {
    code: 'ERR_IDENTITY',
    hint: 'a card is made by `quorumcast keygen NAME --address HOST:PORT`',
  });
  const card: Card = { name, publicKey, addresses, signature };
  if (!verifyCard(card)) {
    throw new QuorumcastError('ERR_IDENTITY', `${fileName}: the signature of card "${name}" is not valid`, {
      hint: `the file was changed or damaged on its way: ask ${name} to send it again`,
    });
  }
  return card;
}

/** Reads and verifies a card file. @throws QuorumcastError ERR_IDENTITY */
export async function loadCard(path: string): Promise<Card> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QuorumcastError('ERR_IDENTITY', `${path} cannot be read: ${reasonOf(cause)}`, {
      hint: 'name the *.card.json file of a member',
      cause,
    });
  }
  return parseCard(text, path);
}

/** Writes a card file. Never overwrites. @throws QuorumcastError ERR_IDENTITY */
export async function writeCard(card: Card, path: string): Promise<void> {
  await writeNewFile(path, serializeCard(card), 0o644);
}

function signedBytes({ name, publicKey, addresses }: Omit<Card, 'signature'>): Uint8Array {
  const document = { quorumcast: 'card', version: 1, name, publicKey, addresses };
  return Buffer.from(DOMAIN + canonicalJson(document));
}
