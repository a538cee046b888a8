import { type KeyObject, sign } from 'node:crypto';
import { publicKeyDer } from './ed25519.ts';

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT_0 = 0xa0;

/**
 * A self-signed X.509 v3 certificate (RFC 5280, RFC 8410) for an Ed25519 key, in PEM. It carries the key into TLS
 * and says nothing else: peers compare the raw key with the cluster definition, never names or dates. Hence it
 * never expires, and the same key and name always make the same bytes.
 */
export function selfSignedCertificate(secretKey: KeyObject, publicKey: Uint8Array, name: string): string {
  const ed25519 = der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from('2b6570', 'hex')));
  const commonName = der(OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'));
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, commonName, der(UTF8_STRING, Buffer.from(name)))));
  // RFC 5280 4.1.2.5: from 2050 on as GeneralizedTime; 9999-12-31 is its "no well-defined end".
  const from = der(UTC_TIME, Buffer.from('000101000000Z'));
  const until = der(GENERALIZED_TIME, Buffer.from('99991231235959Z'));
  const certificate = der(
    SEQUENCE,
    der(EXPLICIT_0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    ed25519,
    subject,
    der(SEQUENCE, from, until),
    subject,
    publicKeyDer(publicKey),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign(null, certificate, secretKey));
  const text = der(SEQUENCE, certificate, ed25519, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** One element of DER: tag, shortest length, contents. Contents stay under 64 KiB here. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body]);
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), body]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), body]);
}
