import { assert, Prng } from '../../base/index.ts';
import type { MemberMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { PayloadHasher } from '../../crypto/index.ts';
import { equivocationProof, type MemberEffect, type Participant } from '../../member/index.ts';
import type { Decision } from '../decision.ts';
import { isDurable } from '../disk.ts';
import type { CrashPoint, TraceEvent } from '../event.ts';
import { type Host, isSent } from '../host.ts';
import { committeeOf } from './committees.ts';
import { type Cryptography, cryptographyOf } from './cryptography.ts';
import { type Frame, Frames, frameHex } from './frames.ts';
import { Heights } from './heights.ts';
import { hostsOf } from './hosts.ts';
import { durableEvent, labelOf } from './label.ts';
import { LetterNames } from './letter-names.ts';
import { Letters } from './letters.ts';
import { Links } from './links.ts';
import type { Mind, MindFactory } from './mind.ts';
import type { WorldOptions } from './options.ts';
import { Power } from './power.ts';
import type { Scenario } from './scenario.ts';
import { MovingRoute, type Schedule, scheduleOf } from './schedule.ts';
import { Submissions } from './submissions.ts';

/**
 * Members, disks and links in virtual time. Nothing happens but by its methods, each of which is a decision; the same
 * decisions in the same order give the same events, byte for byte.
 */
export class World {
  readonly committee: Committee;
  readonly scenario: Scenario;
  readonly prng: Prng;
  readonly underWay = new Letters();
  readonly submissions: Submissions;
  readonly faulty: readonly NodeId[];
  readonly correct: readonly NodeId[];
  readonly #options: WorldOptions;
  readonly #hosts: readonly Host[];
  readonly #schedule: Schedule;
  readonly #mind: Mind | undefined;
  readonly #hasher: PayloadHasher;
  readonly #cryptography: Cryptography;
  readonly #links: Links;
  readonly #power = new Power();
  readonly #names = new LetterNames();
  readonly #heights: Heights;
  readonly #frames: Frames;
  readonly #isFaulty: readonly boolean[];
  /** What faulty members sent since the last decision, as decisions. */
  injected: Decision[] = [];
  #order = 0;
  /** Of the message that is being posted. */
  readonly #route: MovingRoute;
  #clock = 0;
  #injecting = true;

  constructor(options: WorldOptions) {
    const { scenario, sha256 } = options;
    this.#options = options;
    this.scenario = scenario;
    this.committee = committeeOf(scenario.n, scenario.f);
    this.prng = new Prng(scenario.seed);
    this.#isFaulty = this.committee.ids.map((id) => scenario.faulty.includes(id));
    this.faulty = this.committee.ids.filter((id) => this.#isFaulty[id]);
    this.correct = this.committee.ids.filter((id) => !this.#isFaulty[id]);
    this.#cryptography = cryptographyOf(sha256);
    this.#hasher = this.#cryptography.hasher;
    this.#frames = new Frames({ committee: this.committee, limits: scenario.limits });
    this.#schedule = scheduleOf(scenario, this.committee, this.prng);
    this.#route = new MovingRoute(this.committee.member(0));
    this.#mind = options.mind?.(this.#mindContext());
    this.#hosts = hostsOf(options, this.committee, (id) =>
      this.#isFaulty[id] === true ? (honest) => this.#mind?.participant?.(honest) : undefined,
    );
    this.#links = new Links(scenario.n);
    this.submissions = new Submissions(scenario, this.committee.ids);
    this.#heights = new Heights(scenario.n);
  }

  /** Virtual time: milliseconds under the `latency` schedule, else the number of decisions. */
  get now(): number {
    return this.#clock;
  }

  host(id: NodeId): Host {
    const host = this.#hosts[id];
    assert(host !== undefined, 'a host for every member');
    return host;
  }

  crashed(id: NodeId): boolean {
    return this.#power.down(id);
  }

  linked(a: NodeId, b: NodeId): boolean {
    return this.#links.isUp(a, b);
  }

  /** The next letter that the schedule would have arrive. */
  pick(): number {
    return this.#schedule.pick(this.underWay);
  }

  /** Carries out one decision. False if its moment is not there: nothing has happened then. `letter`: where the one it names is. */
  apply(decision: Decision, letter?: number): boolean {
    const applied = this.#apply(decision, letter);
    if (applied) this.#clock += this.scenario.schedule === 'latency' ? 0 : 1;
    return applied;
  }

  /** Hands over the letter at `index`. */
  deliver(index: number): void {
    if (this.scenario.schedule === 'latency') {
      this.#clock = Math.max(this.#clock, this.underWay.rankAt(index));
    }
    const letters = this.underWay;
    const from = letters.fromAt(index);
    const to = letters.toAt(index);
    const frame = letters.frameAt(index);
    if (from === undefined || to === undefined || frame === undefined) return;
    const link = letters.linkAt(index);
    const id = letters.idAt(index);
    letters.remove(index);
    if (this.#links.incarnation(from, to) !== link) return;
    if (frame.refused || this.crashed(to)) return;
    if (this.#options.recorded && frame.message !== undefined) {
      const label = labelOf(frame.message, this.#hasher);
      this.#tell({ e: 'recv', t: this.#clock, node: to, peer: from, id, ...label });
    }
    this.#handle(to, from, frame);
    const { sender } = frame;
    if (sender !== undefined) this.#measure(to, sender);
  }

  /** Lets the mind act once. */
  actMind(): void {
    if (this.#injecting) this.#mind?.act?.();
  }

  #apply(decision: Decision, letter?: number): boolean {
    switch (decision[0]) {
      case 'deliver': {
        const index = letter ?? this.underWay.find(decision[1]);
        if (index < 0) return false;
        this.deliver(index);
        return true;
      }
      case 'open':
        return this.#open();
      case 'submit':
        return this.#submit(decision[1]);
      case 'tick':
        return this.#tick(decision[1]);
      case 'up':
        return this.#connect(decision[1], decision[2]);
      case 'down':
        return this.#disconnect(decision[1], decision[2]);
      case 'crash':
        if (this.crashed(decision[1])) return false;
        this.#power.crashNext(decision[1], decision[2]);
        return this.#tick(decision[1]);
      case 'restart':
        return this.#restart(decision[1]);
      case 'room':
        return this.#makeRoom(decision[1]);
      case 'inject':
        return this.#inject(decision[1], decision[2], decision[3]);
      case 'heal':
        this.#injecting = false;
        for (const id of this.committee.ids) this.#makeRoom(id);
        this.#tell({ e: 'heal', t: this.#clock });
        return true;
    }
  }

  #open(): boolean {
    for (const a of this.committee.ids) for (const b of this.committee.ids) this.#connect(a, b);
    let index = this.underWay.findStatus();
    for (; index >= 0; index = this.underWay.findStatus()) this.deliver(index);
    return true;
  }

  #submit(id: NodeId): boolean {
    if (this.crashed(id) || !this.submissions.has(id)) return false;
    const { text, payload } = this.submissions.next(id);
    this.#turn(id, (member) => {
      const seq = member.submit(payload);
      this.#tell({ e: 'submit', t: this.#clock, node: id, seq, text });
      return [];
    });
    return true;
  }

  #tick(id: NodeId): boolean {
    if (this.crashed(id)) return false;
    if (this.#options.recorded) this.#tell({ e: 'tick', t: this.#clock, node: id });
    this.#turn(id, (member) => member.tick());
    return true;
  }

  #connect(a: NodeId, b: NodeId): boolean {
    if (a === b || this.linked(a, b) || this.crashed(a) || this.crashed(b)) return false;
    this.#links.set(a, b, true);
    this.#tell({ e: 'up', t: this.#clock, node: a, peer: b });
    this.#turn(a, (member) => member.linkUp(b));
    if (!this.crashed(a)) this.#turn(b, (member) => member.linkUp(a));
    return true;
  }

  #disconnect(a: NodeId, b: NodeId): boolean {
    if (!this.linked(a, b)) return false;
    this.#links.set(a, b, false);
    this.#tell({ e: 'down', t: this.#clock, node: a, peer: b });
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      if (this.crashed(self)) continue;
      this.#turn(self, (member) => {
        member.linkDown(peer);
        return [];
      });
    }
    return true;
  }

  #restart(id: NodeId): boolean {
    if (!this.#power.restart(id)) return false;
    this.#tell({ e: 'restart', t: this.#clock, node: id });
    this.#turn(id, () => [], true);
    return true;
  }

  #makeRoom(id: NodeId): boolean {
    if (!this.#power.makeRoom(id)) return false;
    this.#tell({ e: 'room', t: this.#clock, node: id });
    return true;
  }

  #inject(from: NodeId, to: NodeId, hex: string): boolean {
    if (!this.linked(from, to) || !this.#isFaulty[from]) return false;
    const frame = this.#frames.ofHex(hex);
    if (frame.message === undefined) return false;
    this.#post(from, to, frame, frame.message);
    return true;
  }

  /** A turn of one member. What it asserts and finds untrue is a finding, and its end. */
  #turn(id: NodeId, calls: (member: Participant) => readonly MemberEffect[], restart = false): void {
    const host = this.host(id);
    try {
      if (restart) host.restart();
      this.#endTurn(id, host, calls(host.participant));
    } catch (error) {
      this.#break(id, error);
    }
  }

  /** As `#turn`, for the most frequent of all turns. Votes are handed over as a node does. */
  #handle(id: NodeId, from: NodeId, frame: Frame): void {
    const host = this.host(id);
    const { participant } = host;
    const { vote } = frame;
    try {
      if (vote !== undefined && participant.vote !== undefined)
        this.#endTurn(id, host, participant.vote(from, vote));
      else if (frame.message !== undefined) this.#endTurn(id, host, participant.handle(from, frame.message));
    } catch (error) {
      this.#break(id, error);
    }
  }

  #break(node: NodeId, error: unknown): void {
    this.#tell({
      e: 'broken',
      t: this.#clock,
      node,
      note: error instanceof Error ? error.message : String(error),
    });
  }

  #endTurn(id: NodeId, host: Host, called: readonly MemberEffect[]): void {
    const effects = host.finish(called);
    const point = this.#power.takePoint(id, effects);
    if (point !== undefined) {
      const durable = effects.filter(isDurable);
      const kept = point === 'after-sync' ? durable.length : this.#keptRecords(point, durable.length);
      this.#sync(id, host, durable.slice(0, kept));
      this.#crash(id, point);
    } else if (effects.length > 0) {
      this.#sync(id, host, effects);
      this.#release(id, host, effects);
    }
  }

  #sync(id: NodeId, host: Host, effects: readonly MemberEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send' || !isDurable(effect)) continue;
      host.disk.write(effect);
      const event = durableEvent(this.#clock, id, effect, this.#hasher, this.committee);
      if (event !== undefined) this.#tell(event);
    }
  }

  /** What leaves a turn once it is durable. */
  #release(id: NodeId, host: Host, effects: readonly MemberEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') this.#send(id, effect.to, effect.message);
      else if (isDurable(effect)) continue;
      else if (isSent(effect)) {
        for (const message of host.messages(effect)) this.#send(id, effect.to, message);
      } else this.#accuse(id, host.fault(effect));
    }
  }

  #accuse(id: NodeId, fault: Extract<MemberEffect, { readonly kind: 'fault' }> | undefined): void {
    if (fault === undefined) return;
    const { accused, code } = fault;
    const proven = this.#proven(fault) ? ({ proven: true } as const) : undefined;
    this.#tell({ e: 'fault', t: this.#clock, node: id, accused, code, ...proven });
  }

  #proven({ about, payloads }: Extract<MemberEffect, { readonly kind: 'fault' }>): boolean {
    if (about === undefined || payloads === undefined) return false;
    return (
      equivocationProof(this.#hasher, this.#cryptography.signatures.verify, about, payloads) !== undefined
    );
  }

  /** A torn group: some of its records reached the disk. */
  #keptRecords(point: CrashPoint, count: number): number {
    return point === 'before-sync' || count === 0 ? 0 : this.prng.below(count);
  }

  #crash(id: NodeId, point: CrashPoint): void {
    this.#tell({ e: 'crash', t: this.#clock, node: id, point });
    this.#power.crash(id, point);
    for (const peer of this.committee.ids) if (this.linked(id, peer)) this.#disconnect(id, peer);
  }

  /** What a faulty member sends is a decision, whether its mind or its machine says it. */
  #send(from: NodeId, to: NodeId, message: MemberMessage): void {
    if (!this.linked(from, to)) return;
    const frame = this.#frames.of(message);
    if (this.#options.recorded && this.#isFaulty[from])
      this.injected.push(['inject', from, to, frameHex(frame)]);
    this.#post(from, to, frame, message);
  }

  #post(from: NodeId, to: NodeId, frame: Frame, message: MemberMessage): void {
    const link = this.#links.incarnation(from, to);
    this.#order += 1;
    const id = this.#options.recorded ? this.#tellSent(from, to, message) : '';
    const rank = this.#schedule.rank(this.#route.of(from, to, this.#order, frame.kind), this.#clock);
    this.underWay.add(from, to, frame, link, id, rank);
    this.#mind?.observe?.(from, to, message);
  }

  #tellSent(from: NodeId, to: NodeId, message: MemberMessage): string {
    const label = labelOf(message, this.#hasher);
    const id = this.#names.next(from, to, label);
    this.#tell({ e: 'send', t: this.#clock, node: from, peer: to, id, ...label });
    return id;
  }

  /** Tells a new height of what a correct member holds of one sender. */
  #measure(id: NodeId, sender: NodeId): void {
    if (this.#isFaulty[id]) return;
    const height = this.#heights.raise(id, sender, this.host(id).member.held(sender));
    if (height !== undefined) this.#tell({ e: 'hold', t: this.#clock, node: id, sender, ...height });
  }

  #tell(event: TraceEvent): void {
    this.#options.observe(event);
  }

  #mindContext(): Parameters<MindFactory>[0] {
    const { limits, form } = this.scenario;
    return {
      committee: this.committee,
      limits,
      form,
      hasher: this.#hasher,
      faulty: this.faulty,
      correct: this.correct,
      prng: this.prng,
      sign: (from, instance, batch) => {
        if (this.#isFaulty[from] === true)
          this.host(this.committee.member(from)).member.signBatch(instance, batch);
      },
      send: (from, to, message) => {
        assert(this.#isFaulty[from] === true, 'a mind speaks through its own members only');
        this.#send(from, to, message);
      },
    };
  }
}
