export {
  type Dropped,
  type OpenInstance,
  Stream,
  type StreamMessage,
  type StreamOptions,
  type StreamOutput,
} from './stream.ts';
