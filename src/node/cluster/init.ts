import { faultyMax, type Limits } from '../../committee/index.ts';
import { QuorumcastError } from '../errors.ts';
import { type Card, verifyCard } from '../identity/index.ts';
import type { BroadcastForm, ClusterDefinition } from './definition.ts';
import { parseClusterDefinition } from './parse.ts';

/** What a new cluster is to be; the rest follows from the cards. */
export interface InitClusterOptions {
  readonly name: string;
  /** How many members may be faulty. Default: as many as n allows. */
  readonly faulty?: number;
  /** Default 1. */
  readonly epoch?: number;
  /** Default 'early'. */
  readonly broadcast?: BroadcastForm;
  readonly limits?: Partial<Limits>;
}

/**
 * An unsigned cluster of these members, in the order of their names: whoever makes it from the same cards and
 * options makes the same digest.
 * @throws QuorumcastError ERR_IDENTITY for a card whose signature is bad or that stands for a member twice,
 *   ERR_CLUSTER_INVALID for what cannot be a cluster.
 */
export function initCluster(cards: readonly Card[], options: InitClusterOptions): ClusterDefinition {
  refuseBadCards(cards);
  const file = {
    quorumcast: 'cluster',
    version: 1,
    name: options.name,
    epoch: options.epoch ?? 1,
    faulty: options.faulty ?? faultyMax(cards.length),
    broadcast: options.broadcast ?? 'early',
    limits: options.limits ?? {},
    members: cards
      .map(({ name, publicKey, addresses }) => ({ name, publicKey, addresses }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return parseClusterDefinition(JSON.stringify(file, undefined, 2), 'cluster');
}

/** @throws QuorumcastError ERR_IDENTITY for a card whose signature is bad or that stands for a member twice */
export function refuseBadCards(cards: readonly Card[]): void {
  for (const card of cards) {
    if (!verifyCard(card)) {
      throw new QuorumcastError('ERR_IDENTITY', `the signature of card "${card.name}" is not valid`, {
        hint: `the card was changed or damaged on its way: ask ${card.name} to send it again`,
      });
    }
  }
  refuseDuplicates(cards);
}

function refuseDuplicates(cards: readonly Card[]): void {
  for (const [index, card] of cards.entries()) {
    for (const earlier of cards.slice(0, index)) {
      const same = card.name === earlier.name ? 'name' : 'public key';
      if (card.name !== earlier.name && card.publicKey !== earlier.publicKey) continue;
      const message = `two cards have the same ${same}: "${earlier.name}" and "${card.name}"`;
      throw new QuorumcastError('ERR_IDENTITY', message, {
        hint: 'give one card per member; each makes its own with `quorumcast keygen`',
      });
    }
  }
}
