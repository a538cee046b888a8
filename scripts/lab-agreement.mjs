#!/usr/bin/env node
/**
 * Long campaigns of agreement, with committees of 4, 5, 6, 7 and 10, on all cores: `mmr`, binary agreement with a common coin under
 * every plan of the adversary; `bracha87`, `subset`, `value` and `local-value` under every schedule, liar and restart of the
 * laboratory; `phases`, how long Bracha's agreement takes by the analysis. Exit code 1 if anything is violated or an analysis
 * is off by a tenth, 130 if interrupted.
 *
 *   --protocol NAME  only that, or several, between commas
 *   --runs N         of each protocol, all committees together: default 100000
 *   --workers N      threads: default one a core
 *   --minutes N      ends after that time with what is done
 *   --state FILE     writes down what is done, piece by piece, and goes on from there when it is started again
 *   --json           a line for each protocol
 */
import { parseArgs } from 'node:util';
import { agreementParts } from './lab-agreement-parts.mjs';
import { flagsOf, numberIn, partsNamed, runLab } from './lab-run.mjs';

const flags = flagsOf(
  () =>
    parseArgs({
      options: {
        protocol: { type: 'string' },
        runs: { type: 'string', default: '100000' },
        workers: { type: 'string' },
        minutes: { type: 'string' },
        state: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values,
  'npm run lab:agreement -- [--protocol NAME] [--runs N] [--workers N] [--minutes N] [--state FILE] [--json]',
);
const runs = Math.floor(numberIn(flags.runs, 'runs', 5) ?? 0);
const workers = numberIn(flags.workers, 'workers', 1);
const parts = agreementParts({ runs, ...(workers === undefined ? {} : { workers: Math.floor(workers) }) });
await runLab({
  parts: partsNamed(parts, flags.protocol),
  mode: `${runs} runs of agreement`,
  state: flags.state,
  minutes: numberIn(flags.minutes, 'minutes', 0),
  json: flags.json,
});
