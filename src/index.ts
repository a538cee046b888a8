export { QuorumcastError } from './node/errors.ts';
