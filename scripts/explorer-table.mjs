#!/usr/bin/env node
/** Writes the table of known explorations into docs/explorer.md. `--check` compares instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { EXPLORATIONS } from '../dist/simulator/index.js';

const PAGE = new URL('../docs/explorer.md', import.meta.url);
const BETWEEN = /(<!-- counts: .* -->\n)[\s\S]*(<!-- \/counts -->)/;
const number = (/** @type {number} */ value) => value.toLocaleString('en-US');

const rows = EXPLORATIONS.map(
  ({ name, states, transitions, depth, long }) =>
    `| ${name}${long ? ' (*long*)' : ''} | ${number(states)} | ${number(transitions)} | ${depth} |`,
);
const table = ['| exploration | states | steps | depth |', '|---|---:|---:|---:|', ...rows].join('\n');
const page = readFileSync(PAGE, 'utf8');
const written = page.replace(BETWEEN, (_, begin, end) => `${begin}${table}\n${end}`);
if (!process.argv.includes('--check')) writeFileSync(PAGE, written);
else if (written !== page) {
  console.error('docs/explorer.md is not what scripts/explorer-table.mjs writes: run it');
  process.exitCode = 1;
}
