#!/usr/bin/env node
/**
 * Finds, for every mutant, the first seed whose run tells it from the correct code, and writes the table to
 * `src/simulator/mutants/kills.ts`. Needed when strategies, campaigns or the core change which seed that is:
 * a test says so. Takes minutes; `node scripts/kills.mjs NAME...` looks for these only, and prints.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { copyMutant } from '../dist/cli/sim/mutant.js';
import { nativeSha256 } from '../dist/node/index.js';
import * as correct from '../dist/simulator/index.js';

const SEEDS = 500;
const only = process.argv.slice(2);
const { CAMPAIGNS, MUTANTS } = correct;

/** @typedef {typeof import('../dist/simulator/index.js')} Simulator */
/** @typedef {import('../dist/simulator/index.js').CampaignName} CampaignName */

/**
 * @param {Simulator} simulator
 * @param {CampaignName} campaign
 * @param {number} seed
 */
function outcome(simulator, campaign, seed) {
  const { violated, quiescent } = simulator.runScenario(simulator.CAMPAIGNS[campaign].draw(seed), {
    sha256: nativeSha256,
  });
  return violated?.property ?? (quiescent ? undefined : 'undecided');
}

/** @param {import('../dist/simulator/index.js').Mutant} mutant */
async function firstKill(mutant) {
  const copy = copyMutant(mutant);
  const simulator = await import(copy.url);
  copy.remove();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    for (const campaign of /** @type {CampaignName[]} */ (Object.keys(CAMPAIGNS))) {
      const property = outcome(simulator, campaign, seed);
      if (property === undefined) continue;
      const sound = outcome(correct, campaign, seed);
      if (sound === undefined) return { campaign, seed, property };
      console.error(`the correct code fails too: ${campaign} ${seed}: ${sound}`);
      process.exitCode = 1;
    }
  }
  return undefined;
}

const lines = [];
for (const mutant of MUTANTS) {
  if (mutant.equivalent !== undefined || (only.length > 0 && !only.includes(mutant.name))) continue;
  const kill = await firstKill(mutant);
  console.log(mutant.name, kill ?? 'SURVIVED');
  if (kill === undefined) process.exitCode = 1;
  else {
    const { campaign, seed, property } = kill;
    lines.push(`  '${mutant.name}': { campaign: '${campaign}', seed: ${seed}, property: '${property}' },`);
  }
}
if (only.length === 0) {
  const text = `import type { CampaignName } from '../campaign/index.ts';
import type { PropertyName } from '../checker/index.ts';

/** The first run that tells a mutant from the correct code, and how. */
export interface Kill {
  readonly campaign: CampaignName;
  readonly seed: number;
  readonly property: PropertyName | 'undecided';
}

/** By mutant. Written by \`node scripts/kills.mjs\`. */
export const KILLS: Readonly<Record<string, Kill>> = {
${lines.join('\n')}
};
`;
  writeFileSync(fileURLToPath(new URL('../src/simulator/mutants/kills.ts', import.meta.url)), text);
}
