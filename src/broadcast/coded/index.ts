export { type CodeWord, Coding, type CodingOptions, type Decoding } from './code-word.ts';
export { Coded } from './coded.ts';
export { witness, witnessBytesMax } from './holding.ts';
export type { CodedOptions, CodedOutput } from './options.ts';
export { reaches } from './ring.ts';
export type { CodedSnapshot } from './snapshot.ts';
