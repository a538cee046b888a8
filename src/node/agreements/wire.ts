import type { NodeId } from '../../committee/index.ts';
import type { AgreementEffect, AgreementParticipant, Agreements } from '../../member/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { QuorumcastError } from '../errors.ts';
import type { Links } from '../link/index.ts';
import { TICK_MS } from '../status.ts';
import type { Store } from '../store/index.ts';
import type { ValueCheck } from '../validator.ts';
import type { AnyAgreement } from './api.ts';
import { AgreementDesk } from './desk.ts';
import { AgreementTurns } from './turns.ts';

/** What of a node agreements are made of. */
interface Parts {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly store: Store;
  readonly agreements: Agreements;
  /** Answers the driver in their place. */
  readonly agreeing: AgreementParticipant;
  readonly values: ValueCheck;
}

/** What the node does for them. */
interface Surroundings {
  readonly links: () => Links | undefined;
  /** A turn is due. */
  readonly wake: () => void;
  readonly fault: (effect: Extract<AgreementEffect, { readonly kind: 'fault' }>) => void;
  readonly refusal: () => QuorumcastError | undefined;
  readonly decided: (agreement: AnyAgreement) => void;
}

/** Brings a member's agreements, its links and its callers together. */
export function wireAgreements(
  { cluster, self, store, agreements, agreeing, values }: Parts,
  { links, wake, fault, refusal, decided }: Surroundings,
): { readonly turns: AgreementTurns; readonly desk: AgreementDesk } {
  const { settled } = store.agreements();
  const turns = new AgreementTurns({
    agreements: agreeing,
    store,
    epoch: cluster.epoch,
    send: (peer, frames) => links()?.send(peer, frames),
    malformed: (peer, detail) => {
      fault({ kind: 'fault', accused: peer, code: 'malformed-message' });
      links()?.drop(peer, `malformed agreement: ${detail}`);
    },
    fault,
    decided: (effect) => desk.decided(effect),
  });
  const desk = new AgreementDesk({
    agreements,
    settled,
    propose: (topic, value) => {
      turns.propose(topic, value);
      wake();
    },
    validValue: values.accepts,
    refusal,
    onDecided: decided,
    self,
    name: (id) => cluster.member(id).name,
    isUp: (id) =>
      links()
        ?.peers()
        .some(({ member, connected }) => member.id === id && connected) === true,
    tickMs: TICK_MS,
  });
  return { turns, desk };
}
