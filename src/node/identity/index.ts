export { type CanonicalValue, canonicalJson } from './canonical-json.ts';
export { type Card, loadCard, makeCard, parseCard, serializeCard, verifyCard, writeCard } from './card.ts';
export { KEY_BYTES, rawPublicKey, SIGNATURE_BYTES, verifyBytes } from './ed25519.ts';
export {
  addressesField,
  addressField,
  digestField,
  fileKind,
  keyField,
  nameField,
  signatureField,
} from './fields.ts';
export {
  generateIdentity,
  Identity,
  loadIdentity,
  readSecretFile,
  writeIdentity,
  writeNewFile,
} from './identity.ts';
