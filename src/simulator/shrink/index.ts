export { ddmin } from './ddmin.ts';
export { narrate } from './narrate.ts';
export { type Shrunk, shrink } from './shrink.ts';
