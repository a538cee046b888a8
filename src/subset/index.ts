export type { ChildFactory } from './factory.ts';
