export {
  type Dropped,
  type OpenInstance,
  Stream,
  type StreamCoding,
  type StreamMessage,
  type StreamOptions,
  type StreamOutput,
} from './stream.ts';
