import { PayloadHasher } from '../../crypto/index.ts';
import type { Evidence, Logger } from '../api.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { EvidenceBook, ProofFolder } from '../evidence/index.ts';
import { nativeSha256 } from '../sha256.ts';

/** What was seen in epochs that are over. */
export class Misdeeds {
  readonly #seen: Evidence[] = [];

  /** Of an epoch that ends now. */
  add(list: readonly Evidence[]): void {
    this.#seen.push(...list);
  }

  /** The proofs of an epoch that was over before this start. */
  read(cluster: ClusterDefinition, dir: string, by: string, logger: Logger | undefined): void {
    const book = new EvidenceBook({
      ...{ cluster, by },
      hasher: new PayloadHasher(nativeSha256, cluster.digest),
      folder: new ProofFolder(dir),
      onTrouble: (message, cause) => logger?.warn('evidence.trouble', { message, cause }),
    });
    this.add(book.list());
  }

  /** In the order in which it was seen. Members by their present numbers; who has left keeps the one that it had. */
  list(present: ClusterDefinition): readonly Evidence[] {
    return this.#seen.map((entry) => ({ ...entry, peer: present.memberNamed(entry.name)?.id ?? entry.peer }));
  }

  /** Times any of it was seen. */
  get total(): number {
    return this.#seen.reduce((sum, { count }) => sum + count, 0);
  }
}
