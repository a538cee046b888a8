import type { Sha256 } from '../../crypto/index.ts';
import type { TraceEvent } from '../event.ts';
import type { MindFactory } from './mind.ts';
import type { Scenario } from './scenario.ts';

/** What a world is made of besides its scenario. */
export interface WorldOptions {
  readonly scenario: Scenario;
  readonly sha256: Sha256;
  readonly mind: MindFactory | undefined;
  /** Told of every event, in order. */
  readonly observe: (event: TraceEvent) => void;
  /** Whether `send`, `recv` and `tick` are told too, and messages get ids: needed for decisions, and slow. */
  readonly recorded: boolean;
}
