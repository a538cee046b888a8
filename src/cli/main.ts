#!/usr/bin/env node
import { runCli } from './program.ts';

// `quorumcast tail | head` ends when head has enough.
process.stdout.on('error', endQuietly);
process.stderr.on('error', endQuietly);

function endQuietly(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
});
