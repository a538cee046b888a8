import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../base/index.ts';
import { usage } from '../command-error.ts';

/** The text that comes with the package. */
const DEFAULT_TEXT = fileURLToPath(new URL('../../../examples/demo.txt', import.meta.url));

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A text to be broadcast, line by line. */
export interface Lines extends AsyncIterable<Uint8Array> {
  close(): Promise<void>;
}

/**
 * Opens a file, standard input (`-`), or the text that comes with the package, before anything else is begun. Lines
 * are bytes as they stand there, without their line feeds.
 * @throws CommandError ERR_USAGE; while reading also for a line longer than `bytesMax`
 */
export async function openLines(file: string | undefined, bytesMax: number): Promise<Lines> {
  if (file === '-') {
    const lines = split(process.stdin, 'standard input', bytesMax);
    return { [Symbol.asyncIterator]: () => lines, close: async () => void process.stdin.destroy() };
  }
  const path = file ?? DEFAULT_TEXT;
  const handle = await openText(path);
  const lines = split(handle.createReadStream({ autoClose: false }), path, bytesMax);
  return { [Symbol.asyncIterator]: () => lines, close: () => handle.close() };
}

async function openText(path: string): Promise<FileHandle> {
  const refuse = (reason: string): Error =>
    usage(
      `${path} cannot be read: ${reason}`,
      'give a text file, `-` for standard input, or nothing for the text that comes along',
    );
  const handle = await open(path).catch((cause: unknown) => {
    throw refuse(reasonOf(cause));
  });
  if (!(await handle.stat()).isDirectory()) return handle;
  await handle.close();
  throw refuse('it is a folder');
}

async function* split(
  chunks: AsyncIterable<Buffer>,
  name: string,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let number = 1;
  let begun: Buffer[] = [];
  let bytes = 0;
  const requireAtMost = (max: number): void => {
    if (bytes <= max) return;
    throw usage(
      `line ${number} of ${name} is longer than ${bytesMax} bytes, the longest message of this cluster`,
      'give a text with shorter lines',
    );
  };
  const take = (part: Buffer): void => {
    bytes += part.length;
    requireAtMost(bytesMax + 1);
    begun.push(part);
  };
  const finish = (): Uint8Array => {
    const line = Buffer.concat(begun);
    const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    requireAtMost(bytesMax + line.length - end);
    [begun, bytes] = [[], 0];
    number += 1;
    return line.subarray(0, end);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  if (bytes > 0) yield finish();
}
