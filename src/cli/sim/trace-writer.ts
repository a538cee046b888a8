import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { reasonOf } from '../../base/index.ts';
import type { NodeHeader } from '../../simulator/index.ts';
import { CommandError } from '../command-error.ts';

/** Longest first line looked for, bytes; a header takes some two hundred. */
const HEADER_BYTES_MAX = 4_096;
const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/**
 * The file that a node's trace goes to. Goes on in a file of the same member; what a crash left of a last line is cut
 * off. If the disk takes no more, the recording ends and not the node.
 */
export class TraceWriter {
  /** Whether the file held a trace of this member before. */
  readonly resumed: boolean;
  readonly #path: string;
  #file: number | undefined;

  /** @throws CommandError ERR_CONFIG if it cannot be written, or holds anything but a trace of this member */
  constructor(path: string, header: NodeHeader) {
    this.#path = path;
    let file: number;
    try {
      file = openSync(path, 'a+', 0o600);
    } catch (cause) {
      throw new CommandError('ERR_CONFIG', `the trace ${path} cannot be written: ${reasonOf(cause)}`, {
        cause,
      });
    }
    this.#file = file;
    const end = endOfLastLine(file);
    if (end > 0 && !isOf(file, header)) {
      closeSync(file);
      throw new CommandError('ERR_CONFIG', `${path} is not a trace of this member in this cluster`, {
        hint: 'name another file, or move this one away',
      });
    }
    if (end < fstatSync(file).size) ftruncateSync(file, end);
    this.resumed = end > 0;
    if (!this.resumed) this.write([JSON.stringify(header)]);
  }

  write(lines: readonly string[]): void {
    if (this.#file === undefined || lines.length === 0) return;
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      process.emitWarning(`the trace ${this.#path} ends here, the node goes on: ${reasonOf(error)}`);
      this.close();
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Where the last whole line ends; 0 if there is none. */
function endOfLastLine(file: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let end = fstatSync(file).size;
  while (end > 0) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const length = readSync(file, chunk, 0, end - from, from);
    const at = chunk.subarray(0, length).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

function isOf(file: number, header: NodeHeader): boolean {
  const chunk = Buffer.alloc(HEADER_BYTES_MAX);
  const text = chunk.toString('utf8', 0, readSync(file, chunk, 0, HEADER_BYTES_MAX, 0));
  const line = text.slice(0, text.indexOf('\n'));
  return line === JSON.stringify(header);
}
