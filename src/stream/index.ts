export { type Cut, type CutOptions, cutOf, cutsOf } from './cut.ts';
export type {
  Dropped,
  OpenInstance,
  StreamCoding,
  StreamMessage,
  StreamOptions,
  StreamOutput,
} from './options.ts';
export type { Fault, Keep, StreamSink } from './sink.ts';
export { Stream } from './stream.ts';
