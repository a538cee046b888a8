#!/usr/bin/env node
/**
 * Writes the reference part of docs/cli.md from the help of the commands themselves. With --check it writes
 * nothing and exits with 1 if the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../dist/cli/program.js';

const BEGIN = '<!-- reference: written by scripts/cli-docs.mjs -->';
const HELP_WIDTH = 100;

const path = fileURLToPath(new URL('../docs/cli.md', import.meta.url));

/**
 * @param {import('commander').Command} command
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function sections(command, names) {
  command.configureOutput({ getOutHelpWidth: () => HELP_WIDTH });
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  const own = `### ${names.join(' ')}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
  return [own, ...command.commands.flatMap((child) => sections(child, [...names, child.name()]))];
}

const program = buildProgram(() => () => Promise.resolve());
const reference = `${BEGIN}\n\n${sections(program, ['quorumcast']).join('\n')}`;
const before = readFileSync(path, 'utf8');
const [head = ''] = before.split(BEGIN);
const after = head + reference;

if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('docs/cli.md is not what the commands say: run node scripts/cli-docs.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, after);
}
