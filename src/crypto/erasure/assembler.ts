/**
 * A few dozen instructions of WebAssembly, enough for one function over one memory, as bytes. The numbers are those of
 * the specification: sections in 5.5, instructions in 5.4 of the WebAssembly Core Specification 2.0.
 */
export type Code = readonly number[];

/** An integer as LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** As `unsigned`, for constants: the last byte carries the sign. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const simd = (opcode: number, ...immediates: readonly number[]): Code => [
  0xfd,
  ...unsigned(opcode),
  ...immediates,
];
const NO_RESULT = 0x40;
const END = 0x0b;

/** Instructions. Those that take operands are written after them, as the machine's stack has it. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a] as Code,
  sub: [0x6b] as Code,
  shl: [0x74] as Code,
  less: [0x49] as Code,
  /** Does `body` again as long as it leaves something other than zero. */
  repeat: (...body: readonly Code[]): Code => [0x03, NO_RESULT, ...body.flat(), 0x0d, 0, END],
  /** Sixteen bytes at an address and an offset. */
  load: (offset = 0): Code => simd(0x00, 0, ...unsigned(offset)),
  store: (offset = 0): Code => simd(0x0b, 0, ...unsigned(offset)),
  /** Sixteen times the same byte. */
  splat: simd(0x0f),
  and: simd(0x4e),
  xor: simd(0x51),
  /** Each of eight pairs of bytes, shifted to the right. */
  shiftPairs: simd(0x8d),
  /** By each byte of the second operand, a byte of the first. */
  swizzle: simd(0x0e),
  /** As `swizzle`, where nobody asks for a byte beyond the fifteenth: saves an instruction. Not in every engine. */
  relaxedSwizzle: simd(0x100),
} as const;

const TYPE = { i32: 0x7f, v128: 0x7b, func: 0x60 } as const;

/** A function of some integers that gives nothing back and has local variables of its own. */
export interface FunctionCode {
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

/** A module with one function, `run`, and one memory of `pages` times 64 KiB, `memory`. */
export function assemble(pages: number, { parameters, integers, vectors, body }: FunctionCode): Uint8Array {
  const locals = [2, ...unsigned(integers), TYPE.i32, ...unsigned(vectors), TYPE.v128];
  const code = [...locals, ...body, END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d],
    ...[0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, TYPE.func, ...vector(Array.from({ length: parameters }, () => [TYPE.i32])), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [2, ...name('run'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): number[] {
  return vector(Array.from(text, (char) => [char.charCodeAt(0)]));
}
