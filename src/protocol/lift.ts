import { type Effect, type Effects, NOTHING } from './effect.ts';

/**
 * A child's effects as its parent's: messages wrapped in the parent's envelope, outputs handed to `onOutput`,
 * whose effects take the output's place. `NOTHING` stays `NOTHING`.
 */
export function lift<ChildMessage, ChildOutput, Message, Output>(
  effects: Effects<ChildMessage, ChildOutput>,
  wrap: (message: ChildMessage) => Message,
  onOutput: (output: ChildOutput) => Effects<Message, Output>,
): Effects<Message, Output> {
  if (effects.length === 0) return NOTHING;
  const lifted: Effect<Message, Output>[] = [];
  for (const effect of effects) {
    switch (effect.kind) {
      case 'send':
        lifted.push({ kind: 'send', to: effect.to, message: wrap(effect.message) });
        break;
      case 'broadcast':
        lifted.push({ kind: 'broadcast', message: wrap(effect.message) });
        break;
      case 'output':
        lifted.push(...onOutput(effect.output));
        break;
      default:
        lifted.push(effect);
    }
  }
  return lifted.length === 0 ? NOTHING : lifted;
}
