import { test } from 'vitest';
import { EXPLORATIONS } from '../../src/simulator/index.ts';
import { holds } from './holds.ts';

test.each(EXPLORATIONS.filter(({ long, name }) => !long && name.includes('faulty sender, three')))(
  '$name: all properties hold in $states states',
  holds,
);
