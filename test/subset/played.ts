import { type Bit, toHex } from '../../src/base/index.ts';
import type { AgreementMessage, InstanceMessage } from '../../src/codec/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { type Effects, NOTHING } from '../../src/protocol/index.ts';
import type * as subset from '../../src/subset/index.ts';
import type { Child, ValueDecision, ValueMessage } from '../../src/subset/index.ts';
import { brachaOptions, REFUSED } from './subject.ts';

// Runs without chance, each for one kind of bug. They give what is wrong, or undefined.

/** Built code: this program's own, or a copy of it with a bug. */
export type SubsetCode = Pick<
  typeof subset,
  'brachaSubset' | 'choose' | 'CommonSubset' | 'localSubset' | 'ValueAgreement'
>;

type Message = ValueMessage<InstanceMessage, AgreementMessage>;

const FOUR = new Committee(4, 1);

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** Four members and what is under way between them, oldest first. */
class Played {
  readonly #machines: readonly subset.ValueAgreement<InstanceMessage, AgreementMessage>[];
  readonly decided = new Map<NodeId, string>();
  pool: Letter[] = [];

  constructor(
    code: SubsetCode,
    isValid: (self: NodeId, value: Uint8Array) => boolean = () => true,
    seed = 1,
  ) {
    this.#machines = FOUR.ids.map((self) => {
      const valid = (value: Uint8Array): boolean => isValid(self, value);
      return new code.ValueAgreement(code.brachaSubset({ ...brachaOptions(FOUR, self, seed), valid }));
    });
  }

  machine(id: number): subset.ValueAgreement<InstanceMessage, AgreementMessage> {
    const machine = this.#machines[id];
    if (machine === undefined) throw new Error(`no member ${id}`);
    return machine;
  }

  propose(self: NodeId, value: number): void {
    this.#carry(self, this.machine(self).propose(Uint8Array.of(value)));
  }

  /** Delivers what is for these members, as long as there is anything. What is lost never arrives. */
  run(to: (id: NodeId) => boolean, isLost: (letter: Letter) => boolean = () => false): void {
    for (;;) {
      const at = this.pool.findIndex((letter) => to(letter.to));
      const [letter] = at < 0 ? [] : this.pool.splice(at, 1);
      if (letter === undefined) return;
      if (!isLost(letter)) this.give(letter.from, letter.to, letter.message);
    }
  }

  give(from: NodeId, to: NodeId, message: Message): void {
    this.#carry(to, this.machine(to).handle(from, message));
  }

  #carry(self: NodeId, effects: Effects<Message, ValueDecision>): void {
    for (const effect of effects) {
      if (effect.kind === 'output') this.decided.set(self, toHex(effect.output.value));
      if (effect.kind === 'send') this.pool.push({ from: self, to: effect.to, message: effect.message });
      if (effect.kind === 'broadcast')
        for (const to of FOUR.ids) this.pool.push({ from: self, to, message: effect.message });
    }
  }
}

/** All others have ended and hold nothing but the value when the last member hears of it. */
export function lateMember(code: SubsetCode): string | undefined {
  const played = new Played(code);
  const late = FOUR.member(3);
  for (const id of FOUR.ids) if (id !== late) played.propose(id, id);
  played.run((id) => id !== late);
  if (FOUR.ids.some((id) => played.machine(id).terminated === (id === late))) return 'the others do not end';
  for (const id of FOUR.ids)
    for (const message of played.machine(id).owedTo(late)) played.give(id, late, message);
  const alike = played.decided.size === 4 && new Set(played.decided.values()).size === 1;
  return alike ? undefined : 'the late member is left alone';
}

/**
 * A liar talks to one member alone, which so decides first; its last votes are lost with its links to the others. Says nothing
 * with seeds whose coins do not end it at once.
 */
export function brokenLinks(code: SubsetCode, seed: number): string | undefined {
  const played = new Played(code, () => true, seed);
  const [first, liar] = [FOUR.member(0), FOUR.member(3)];
  const isLost = ({ from, to, message }: Letter): boolean => {
    if (to === first || to === liar || (from !== first && from !== liar)) return false;
    if (message.kind === 'decided') return true;
    const last = message.kind === 'agreement' && ['conf', 'share', 'decide'].includes(message.body.kind);
    return from === liar ? message.kind === 'agreement' : last;
  };
  for (const id of FOUR.ids) played.propose(id, id);
  played.run(() => true, isLost);
  const decided = played.decided.get(first);
  if (decided === undefined || played.decided.has(FOUR.member(1))) return undefined;
  played.give(liar, first, { kind: 'decided', value: Uint8Array.of(Number.parseInt(decided, 16)) });
  for (const peer of FOUR.ids.slice(1, 3))
    for (const message of played.machine(first).owedTo(peer)) played.give(first, peer, message);
  played.run(
    () => true,
    (letter) => letter.from === liar && isLost(letter),
  );
  const correct = FOUR.ids.slice(0, 3).map((id) => played.decided.get(id));
  return new Set(correct).size === 1 ? undefined : 'who lost messages decides nothing';
}

/** A liar proposes what correct members refuse, by all other rules. */
export function refused(code: SubsetCode): string | undefined {
  const played = new Played(code, (self, value) => self === 3 || value[0] !== REFUSED);
  for (const id of FOUR.ids) played.propose(id, id === 3 ? REFUSED : 1);
  const vouched = (): boolean =>
    played.pool.some(
      ({ from, message }) =>
        from !== 3 && message.kind === 'broadcast' && message.proposer === 3 && message.body.kind === 'echo',
    );
  let seen = false;
  for (let left = 1_000; left > 0 && played.pool.length > 0; left -= 1) {
    const letter = played.pool.shift();
    if (letter !== undefined) played.give(letter.from, letter.to, letter.message);
    seen ||= vouched();
  }
  return seen ? 'a correct member vouches for it' : undefined;
}

/** What a subset proposes in its agreements, by proposer: ones for what is here, zeros once n-f are in. */
export function inputs(code: SubsetCode): string | undefined {
  const asked: (Bit | undefined)[] = [undefined, undefined, undefined, undefined];
  const none: Child<never, string, never> = {
    terminated: false,
    propose: () => NOTHING,
    handle: () => NOTHING,
    restore: () => NOTHING,
  };
  const machine = new code.CommonSubset<string, string>({
    ...{ committee: FOUR, self: FOUR.member(0), kept: () => undefined },
    broadcastOf: () => ({
      ...none,
      propose: () => NOTHING,
      handle: (_from, message) =>
        message === 'deliver' ? [{ kind: 'output', output: { payload: new Uint8Array(1) } }] : NOTHING,
    }),
    agreementOf: (proposer) => ({
      ...none,
      propose: (value: Bit) => {
        asked[proposer] = value;
        return NOTHING;
      },
      handle: () => [{ kind: 'output', output: { value: 1, round: 1 } }],
    }),
  });
  const found: string[] = [];
  for (const kind of ['broadcast', 'agreement'] as const)
    for (const proposer of FOUR.ids.slice(0, 3)) {
      machine.handle(proposer, { kind, proposer, body: 'deliver' });
      found.push(asked.map((value) => value ?? '-').join(''));
    }
  return found.join() === '1---,11--,111-,111-,111-,1110' ? undefined : found.join();
}

/** Which coins the agreements of one subset ask for: no two of them the same. */
export function coinNames(code: SubsetCode): string | undefined {
  const options = brachaOptions(FOUR, FOUR.member(0), 1);
  const names: string[] = [];
  const { coin } = options;
  const watched = {
    ...{ common: true, shareBytesMax: coin.shareBytesMax },
    toss: (id: Parameters<typeof coin.toss>[0]) => {
      names.push(`${toHex(id.cluster)} ${id.epoch} ${toHex(id.instance)} ${id.round}`);
      return coin.toss(id);
    },
  };
  const { agreementOf } = code.brachaSubset({ ...options, coin: watched });
  for (const proposer of FOUR.ids) {
    const machine = agreementOf(proposer);
    machine.propose(1);
    const votes = [
      { kind: 'bval', round: 1, value: 1 },
      { kind: 'aux', round: 1, value: 1 },
      { kind: 'conf', round: 1, values: 2 },
    ] as const;
    for (const vote of votes) for (const from of FOUR.ids) machine.handle(from, vote);
  }
  return names.length === 4 && new Set(names).size === 4 ? undefined : 'two agreements share a coin';
}

/** The choice of one value: that of most, of several that of the lowest proposer. */
export function choice({ choose }: SubsetCode): string | undefined {
  const committee = new Committee(7, 2);
  const wrong = ['12212', '1221', '3', '9988', '211', '122'].find((values) => {
    const proposals = [...values].map((value, at) => ({
      proposer: committee.member(at),
      payload: Uint8Array.of(Number(value)),
    }));
    const counts = [...values].map((value) => values.split(value).length);
    const best = [...values][counts.indexOf(Math.max(...counts))];
    return String(choose(proposals).value[0]) !== best;
  });
  return wrong === undefined ? undefined : `of ${wrong} another one is chosen`;
}
