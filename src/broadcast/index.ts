export { Bracha, type BrachaOptions, type BrachaOutput } from './bracha.ts';
export { type BroadcastForm, type Rules, rulesOf } from './rules.ts';
export type { BroadcastView, Phase, ValueView } from './view.ts';
