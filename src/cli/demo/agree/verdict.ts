import { toHex } from '../../../base/index.ts';
import { FileStore } from '../../../node/index.ts';
import type { ClusterFolder } from '../../cluster-folder.ts';

/** What a member's log holds of one agreement, the member itself being gone. */
export interface AgreementLog {
  readonly id: number;
  readonly decided: 0 | 1 | undefined;
}

/** What became of what is promised. */
export type Finding = 'holds' | 'violated' | 'undecided';

/** The verdict on one agreement. */
export interface AgreementVerdict {
  readonly agreement: Finding;
  readonly validity: Finding;
  readonly termination: Finding;
}

/** DECIDE as it stands in a log: `docs/wire.md`. */
const DECIDE = /^04(00|01)$/;

/** Reads what a member decided from its log on disk. */
export async function readAgreementLog(
  { definition, members }: ClusterFolder,
  id: number,
  topic: string,
): Promise<AgreementLog> {
  const { committee, digest: cluster } = definition;
  const dir = members[id]?.dataDir ?? '';
  const store = await FileStore.open({ dir, cluster, committee, self: committee.member(id) });
  try {
    const { open, settled } = store.agreements();
    const value = settled.find((each) => each.topic === topic)?.decision.value;
    const known = typeof value === 'number' ? value : undefined;
    const stated = open.find((each) => each.topic === topic)?.stated ?? [];
    const said = stated.map((bytes) => DECIDE.exec(toHex(bytes))?.[1]).find((value) => value !== undefined);
    return { id, decided: known ?? (said === undefined ? undefined : said === '01' ? 1 : 0) };
  } finally {
    await store.close();
  }
}

/** Judges the correct members' logs against what those proposed. */
export function judgeAgreement(
  logs: readonly AgreementLog[],
  proposals: readonly (0 | 1)[],
): AgreementVerdict {
  const decided = logs.flatMap(({ decided }) => (decided === undefined ? [] : [decided]));
  return {
    agreement: new Set(decided).size > 1 ? 'violated' : decided.length === 0 ? 'undecided' : 'holds',
    validity: decided.some((value) => !proposals.includes(value))
      ? 'violated'
      : decided.length === 0
        ? 'undecided'
        : 'holds',
    termination: decided.length === logs.length ? 'holds' : 'undecided',
  };
}
