import type { InstanceMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** One message that a plot has in store. */
interface Step {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly sender: NodeId;
  readonly instance: number;
  readonly body: InstanceMessage;
}

/** Own instances that the liars plot about. */
const OWN_INSTANCES = 2;

/**
 * Decides once an instance, by lot, what each liar tells each member, and keeps to it: one payload or the other or
 * nothing, kind by kind. Any lie that a fixed plan can tell is told by some seed.
 */
export const plot: MindFactory = (context) => {
  const steps: Step[] = [];
  const plotted = new Set<string>();
  return new Liar(context, (liar) => {
    const own = liar.prng.chance(1, 2)
      ? { sender: liar.me, instance: 1 + liar.prng.below(OWN_INSTANCES) }
      : undefined;
    const about = own ?? liar.anyHeard();
    if (about !== undefined && !plotted.has(`${about.sender}:${about.instance}`)) {
      plotted.add(`${about.sender}:${about.instance}`);
      steps.push(...planOf(liar, about.sender, about.instance));
    }
    for (let k = liar.prng.below(4); k > 0 && steps.length > 0; k -= 1) {
      const [step] = steps.splice(liar.prng.below(steps.length), 1);
      if (step !== undefined) liar.say(step.from, [step.to], step.sender, step.instance, step.body);
    }
  });
};

function planOf(liar: Liar, sender: NodeId, instance: number): Step[] {
  const { faulty, correct } = liar.context;
  const own = faulty.includes(sender);
  const payloads = [0, 1].map((version) => liar.story(sender, instance, version));
  const heard = liar.ear.of(sender, instance)?.digests ?? [];
  const digests: Digest[] = payloads.map((payload, i) =>
    own ? liar.digestOf(sender, instance, payload) : (heard[i] ?? liar.digestOf(sender, instance, payload)),
  );
  // How much is left unsaid differs from plot to plot: much in some, nothing in others.
  const silence = liar.prng.below(3);
  const choose = <Item>(items: readonly Item[]): Item | undefined =>
    liar.prng.below(4) < silence ? undefined : liar.prng.pick(items);
  const plan: Step[] = [];
  for (const to of correct) {
    const payload = own ? choose(payloads) : undefined;
    if (payload !== undefined)
      plan.push({ from: sender, to, sender, instance, body: { kind: 'initial', payload } });
    for (const from of faulty) {
      for (const kind of ['echo', 'ready'] as const) {
        const digest = choose(digests);
        if (digest !== undefined) plan.push({ from, to, sender, instance, body: { kind, digest } });
      }
    }
  }
  return plan;
}
