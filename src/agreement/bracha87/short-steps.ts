import { rulesOf, ShortBroadcast, type ShortMessage } from '../../broadcast/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { StepBroadcastFactory } from './message.ts';

/** Steps over `ShortBroadcast` in its early form: two message delays a step where nobody is faulty. */
export function shortSteps(committee: Committee, self: NodeId): StepBroadcastFactory<ShortMessage> {
  const rules = rulesOf(committee, 'early');
  return ({ sender, values }) => new ShortBroadcast({ committee, self, sender, rules, values });
}
