/** The field with 256 elements: polynomials over two, modulo x^8 + x^4 + x^3 + x^2 + 1; x generates it. */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const EXP = new Uint8Array(2 * ORDER);
const LOG = new Uint8Array(256);

let power = 1;
for (let exponent = 0; exponent < ORDER; exponent += 1) {
  EXP[exponent] = power;
  EXP[exponent + ORDER] = power;
  LOG[power] = exponent;
  power <<= 1;
  if (power > 0xff) power ^= POLYNOMIAL;
}

/** The product of two elements, 0 to 255 each. Their sum is their exclusive or. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return EXP[at(LOG, a) + at(LOG, b)] as number;
}

/** What `a`, 1 to 255, is to be multiplied with to give 1. */
export function inverse(a: number): number {
  return EXP[ORDER - at(LOG, a)] as number;
}

function at(table: Uint8Array, index: number): number {
  return table[index] as number;
}
