import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../command-error.ts';

/** The text that comes with the package. */
const DEFAULT_TEXT = fileURLToPath(new URL('../../../examples/demo.txt', import.meta.url));

/** The lines of a file, of standard input (`-`), or of the text that comes with the package. */
export async function* linesOf(file: string | undefined): AsyncGenerator<string> {
  if (file !== '-') await readable(file ?? DEFAULT_TEXT);
  const input = file === '-' ? process.stdin : createReadStream(file ?? DEFAULT_TEXT);
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

async function readable(file: string): Promise<void> {
  try {
    await access(file);
  } catch (cause) {
    throw new CommandError('ERR_USAGE', `cannot read "${file}"`, {
      hint: 'give a text file, `-` for standard input, or nothing for the text that comes along',
      cause,
    });
  }
}
