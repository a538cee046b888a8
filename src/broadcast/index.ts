export { Bracha } from './bracha.ts';
export type { BrachaOptions, BrachaOutput } from './options.ts';
export { type BroadcastForm, type Rules, rulesOf } from './rules.ts';
export { ShortBroadcast, type ShortBroadcastOptions, type ShortMessage } from './short.ts';
export type { BrachaSnapshot } from './snapshot.ts';
export type { BroadcastView, Phase, ValueView } from './view.ts';
