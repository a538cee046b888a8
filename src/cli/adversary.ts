import { PayloadHasher } from '../crypto/index.ts';
import { type ClusterDefinition, type Logger, type NodeInternals, nativeSha256 } from '../node/index.ts';
import { ADVERSARIES, type AdversaryName } from '../simulator/index.ts';
import { usage } from './command-error.ts';

/** The adversary of this name. @throws CommandError ERR_USAGE with the list of those there are */
export function requireAdversary(name: string): AdversaryName {
  if (Object.hasOwn(ADVERSARIES, name)) return name as AdversaryName;
  const known = Object.entries(ADVERSARIES).map(([kind, { summary }]) => `${kind} (${summary})`);
  throw usage(`there is no way to lie called "${name}"`, `there are ${known.join(', ')}`);
}

/** Puts an adversary in the place of a member. What it does to the others goes to the log. */
export function corruptNode(name: AdversaryName, cluster: ClusterDefinition, logger: Logger): NodeInternals {
  return {
    participant: (honest) =>
      ADVERSARIES[name].make({
        committee: cluster.committee,
        self: honest.self,
        hasher: new PayloadHasher(nativeSha256, cluster.digest),
        honest,
        report: ({ text }) => logger.warn('byzantine.lied', { text }),
      }),
  };
}
