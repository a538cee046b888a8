import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./lab.mjs', import.meta.url));

/** Runs one part of `lab.mjs` in a process of its own and gives its lines. */
export async function lab<Line>(
  part: 'kills' | 'presets' | 'shrinks' | 'hashes',
  { env = {}, flags = [] }: { readonly env?: NodeJS.ProcessEnv; readonly flags?: readonly string[] } = {},
): Promise<readonly Line[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, part], {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1_048_576,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
