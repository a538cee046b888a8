export type { MemberEffect, Statement } from './effect.ts';
