export { type CodeWord, Coding, type CodingOptions, codingOf, type Decoding } from './code-word.ts';
export { Coded } from './coded.ts';
export { decodingIn, witness, witnessBytesMax } from './holding.ts';
export type { CodedOptions, CodedOutput } from './options.ts';
export { reaches } from './ring.ts';
export type { CodedSnapshot } from './snapshot.ts';
