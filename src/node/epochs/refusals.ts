import type { ClusterDefinition } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';

/** Said of a second definition that may not take the place of the first. */
export function goingElsewhere(before: ClusterDefinition, next: ClusterDefinition): QuorumcastError {
  return new QuorumcastError(
    'ERR_CLUSTER_MISMATCH',
    `this node is going over to ${before.shortDigest} already, not to ${next.shortDigest}: a member ends an epoch once`,
    {
      hint:
        'hand all members the same file; `quorumcast cluster diff` says where the two differ. ' +
        'Only one that gives up more members may take its place',
    },
  );
}

/** Said to a member that was given up. */
export function givenUpError(next: ClusterDefinition, name: string, dir: string): QuorumcastError {
  return new QuorumcastError(
    'ERR_NOT_A_MEMBER',
    `epoch ${next.epoch} (${next.shortDigest}) gives "${name}" up: the others go on without this key and this log`,
    {
      hint:
        next.memberNamed(name) === undefined
          ? `stop it; to take part again it joins a later epoch with a new key and an empty data directory`
          : `start it with its new key and an empty data directory in the place of ${dir}`,
    },
  );
}
