import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProofDocument, parseProof } from './document.ts';

const NAME = /^[0-9]{1,3}-[0-9]{1,16}\.json$/;
/** Files read at most: more than a cluster of the largest size can leave. */
const FILES_MAX = 4_096;

/** Proofs as files of the data directory, so that a restart loses none. */
export class ProofFolder {
  readonly #dir: string;

  /** `dataDir`: an existing directory. */
  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'evidence');
  }

  /** What is there. What cannot be read as evidence is left alone and told. */
  read(onBad: (path: string, error: unknown) => void): readonly ProofDocument[] {
    return this.#names().flatMap((name) => {
      const path = join(this.#dir, name);
      try {
        return [parseProof(readFileSync(path, 'utf8'), path)];
      } catch (error) {
        onBad(path, error);
        return [];
      }
    });
  }

  /** Writes a proof, unless there is one of the same instance. @throws what the file system throws */
  write(document: ProofDocument): void {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const path = join(this.#dir, `${document.accused.member}-${document.instance}.json`);
    try {
      writeFileSync(path, `${JSON.stringify(document, undefined, 2)}\n`, {
        flag: 'wx',
        mode: 0o600,
        flush: true,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir)
        .filter((name) => NAME.test(name))
        .sort()
        .slice(0, FILES_MAX);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }
}
