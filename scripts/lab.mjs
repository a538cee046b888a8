#!/usr/bin/env node
/**
 * The whole laboratory in one go: speed by committee size, a sweep of every campaign on all cores, bytes that are almost
 * right, every known exploration, every mutant, and the campaigns of agreement. Exit code 1 if anything is violated or
 * survives, 130 if interrupted.
 *
 *   --quick        two minutes instead of hours
 *   --part NAME    only that part, or several, between commas: speed, sweep, fuzz, explore, control, mutants, and mmr,
 *                  bracha87, phases, subset, value, local-value, which `npm run lab:agreement` does alone
 *   --state FILE   writes down what is done, unit by unit, and goes on from there when it is started again
 *   --minutes N    ends after so many, as Ctrl-C does, but for the exit code
 */
import { parseArgs } from 'node:util';
import { agreementParts } from './lab-agreement-parts.mjs';
import { partsOf } from './lab-parts.mjs';
import { flagsOf, numberIn, partsNamed, runLab } from './lab-run.mjs';

const { quick, part, state, minutes } = flagsOf(
  () =>
    parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        part: { type: 'string' },
        state: { type: 'string' },
        minutes: { type: 'string' },
      },
    }).values,
  'npm run lab -- [--quick] [--part NAME] [--state FILE] [--minutes N]',
);
const parts = [...partsOf(quick), ...agreementParts({ runs: quick ? 500 : 100_000 })];
const minutesMax = numberIn(minutes, 'minutes', 0);
await runLab({
  ...{ parts: partsNamed(parts, part), mode: quick ? 'quick' : 'full' },
  ...{ state, minutes: minutesMax },
});
