import {
  type ClusterDefinition,
  type EpochsOnDisk,
  type EpochsView,
  JOIN_HINT,
  type NodeStatus,
} from '../../node/index.ts';
import { formatBytes } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const WAITS_HINT =
  'bring back whom it waits for; if that cannot be, a file that gives it up takes the place of this one: docs/operations.md, "A member lost its disk"';
const FILE_HINT =
  'put the definition in force in the place of the file; a start with the older one works all the same';

/** What epoch a running node is in, where it is going, and what it waits for. `view`: undefined if it tells of none. */
export function examineRunningEpoch(
  { state, reasons, cluster: running, storage }: NodeStatus,
  view: EpochsView | undefined,
  file: ClusterDefinition | undefined,
): readonly Finding[] {
  const { epoch, digest } = running;
  const next = view?.next;
  const findings: Finding[] = [];
  if (state === 'joining' && (reasons[0] ?? '').startsWith('joining:')) {
    findings.push(warn('epoch', [`epoch ${epoch} has not begun here`, ...reasons].join('\n'), JOIN_HINT));
  } else if (next === undefined) {
    findings.push(ok('epoch', `epoch ${epoch} runs, digest ${digest}; no change is under way`));
  } else {
    const without = next.givenUp.length === 0 ? '' : ` without ${next.givenUp.join(', ')}`;
    const text = `epoch ${epoch} runs; going over to epoch ${next.epoch} (${next.digest})${without} since ${next.since}: new broadcasts wait`;
    findings.push(warn('epoch', [text, ...next.reasons].join('\n'), WAITS_HINT));
  }
  if (file !== undefined && file.shortDigest !== digest && file.shortDigest !== next?.digest) {
    const text = `the running node has cluster ${digest}, the file is ${file.shortDigest}`;
    findings.push(
      file.epoch < epoch
        ? warn('cluster', `${text}, of epoch ${file.epoch}: the node has gone over`, FILE_HINT)
        : fail('cluster', text, 'restart the node to take the file over, or put the old file back'),
    );
  }
  return [...findings, ...earlierLogs(storage.earlierBytes)];
}

/** The same of a node that does not run, from its data directory. */
export function examineStoppedEpoch(
  { present, next, earlierBytes }: EpochsOnDisk,
  file: ClusterDefinition | undefined,
): readonly Finding[] {
  if (present === undefined) return [];
  const findings: Finding[] = [ok('epoch', `epoch ${present.epoch} goes on here, digest ${present.digest}`)];
  if (next !== undefined) {
    const text = `a change to epoch ${next.epoch} (${next.digest}) is under way since ${next.since}`;
    findings.push(warn('epoch', text, 'start the node: it goes on with it, and others wait for its END'));
  }
  if (file !== undefined && file.epoch < present.epoch) {
    const text = `the file is of epoch ${file.epoch}, and this member has gone over to epoch ${present.epoch}`;
    findings.push(warn('cluster', text, FILE_HINT));
  }
  return [...findings, ...earlierLogs(earlierBytes)];
}

function earlierLogs(bytes: number): readonly Finding[] {
  if (!(bytes > 0)) return [];
  const text = `logs of earlier epochs take ${formatBytes(bytes)} besides, outside the ceiling, until somebody removes them`;
  return [ok('disk', text)];
}
