import { toHex } from '../../base/index.ts';
import { faultyMax } from '../../committee/index.ts';
import { QuorumcastError } from '../errors.ts';
import type { Card } from '../identity/index.ts';
import type { ClusterDefinition } from './definition.ts';
import { whyNotWithout } from './given-up.ts';
import { refuseBadCards } from './init.ts';
import { parseClusterDefinition } from './parse.ts';

/** How the next epoch differs from the present one. */
export interface NextClusterOptions {
  /** Cards of members that join, or that take part with another key or other addresses: the name says which. */
  readonly cards?: readonly Card[];
  /** Names of members that leave. */
  readonly without?: readonly string[];
  /**
   * Names of members that are gone, f at most: the change does without them. Who comes back brings the card of a new key.
   */
  readonly givenUp?: readonly string[];
  /** By the name of a member that stays: its addresses from then on. */
  readonly addresses?: ReadonlyMap<string, readonly string[]>;
  /** Default: as many as the new number of members allows. */
  readonly faulty?: number;
}

/**
 * An unsigned definition of the epoch after `current`. What is not named stays as it is; members are in the order of their
 * names: whoever makes it from the same files and options makes the same digest.
 * @throws QuorumcastError ERR_IDENTITY for a card whose signature is bad or that stands twice, ERR_CLUSTER_INVALID for what
 *   cannot be a cluster, ERR_USAGE for a name that is no member's, or what cannot be of those that are given up.
 */
export function nextCluster(current: ClusterDefinition, options: NextClusterOptions): ClusterDefinition {
  const { cards = [], without = [], givenUp = [], addresses = new Map() } = options;
  refuseBadCards(cards);
  const leaving = new Set(without);
  for (const name of [...leaving, ...givenUp, ...addresses.keys()]) {
    if (current.memberNamed(name) !== undefined) continue;
    throw new QuorumcastError('ERR_USAGE', `"${name}" is no member of cluster "${current.name}"`, {
      hint: `its members are ${current.members.map((member) => member.name).join(', ')}`,
    });
  }
  const brought = new Map(cards.map((card) => [card.name, card]));
  for (const name of brought.keys()) {
    if (!leaving.has(name)) continue;
    throw new QuorumcastError('ERR_USAGE', `"${name}" leaves and comes at once`, {
      hint: 'to replace a key give the new card alone; a member that leaves has none',
    });
  }
  const staying = current.members
    .filter(({ name }) => !leaving.has(name) && !givenUp.includes(name) && !brought.has(name))
    .map(({ name, publicKey, addresses: known }) => ({
      name,
      publicKey: toHex(publicKey),
      addresses: addresses.get(name) ?? known,
    }));
  const coming = cards.map(({ name, publicKey, addresses: told }) => ({
    name,
    publicKey,
    addresses: addresses.get(name) ?? told,
  }));
  const members = [...staying, ...coming].sort((a, b) => (a.name < b.name ? -1 : 1));
  // A coin was dealt to the members of one epoch: those of the next need one of their own.
  const { signatures: _1, approvals: _2, coin: _3, givenUp: _4, ...kept } = current.toJSON();
  const file = {
    ...kept,
    epoch: current.epoch + 1,
    previous: toHex(current.digest),
    ...(givenUp.length === 0 ? {} : { givenUp: [...new Set(givenUp)].sort() }),
    faulty: options.faulty ?? faultyMax(members.length),
    members,
  };
  const next = parseClusterDefinition(JSON.stringify(file, undefined, 2), 'cluster');
  const wrong = whyNotWithout(current, next);
  if (wrong !== undefined) throw new QuorumcastError('ERR_USAGE', wrong.why, { hint: wrong.hint });
  return next;
}
