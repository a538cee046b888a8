export type { Decision } from './output.ts';
