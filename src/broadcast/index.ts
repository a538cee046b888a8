export { Bracha } from './bracha.ts';
export {
  Coded,
  type CodedOptions,
  type CodedOutput,
  type CodedSnapshot,
  type CodeWord,
  Coding,
  type CodingOptions,
  codingOf,
  type Decoding,
  decodingIn,
  reaches,
  witness,
  witnessBytesMax,
} from './coded/index.ts';
export type { BrachaOptions, BrachaOutput } from './options.ts';
export { type BroadcastForm, type Rules, rulesOf } from './rules.ts';
export { ShortBroadcast, type ShortBroadcastOptions, type ShortMessage } from './short.ts';
export type { BrachaSnapshot } from './snapshot.ts';
export type { BroadcastView, Phase, ValueView } from './view.ts';
