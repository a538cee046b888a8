import type { Committee, NodeId } from '../../committee/index.ts';
import type { Member, Participant } from '../../member/index.ts';
import { Host } from '../host.ts';
import { cryptographyOf } from './cryptography.ts';
import { EPOCH } from './frames.ts';
import type { WorldOptions } from './options.ts';
import { settingsOf } from './scenario.ts';
import { Silence } from './silence.ts';

/** Puts what a mind makes of a faulty member in its place; undefined: nothing, so that it is silent. */
type Corrupt = (honest: Member) => Participant | undefined;

/** The members of a world. `corruptOf`: of a correct member, undefined. */
export function hostsOf(
  { scenario, sha256 }: Pick<WorldOptions, 'scenario' | 'sha256'>,
  committee: Committee,
  corruptOf: (id: NodeId) => Corrupt | undefined,
): readonly Host[] {
  const { keeps } = scenario;
  const { form, limits, coding } = settingsOf(scenario);
  const { hasher, signatures } = cryptographyOf(sha256);
  return committee.ids.map((self) => {
    const uncoded = { committee, self, hasher, form, limits, sign: signatures.sign(self) };
    const member = coding === undefined ? uncoded : { ...uncoded, coding };
    const options = keeps === undefined ? { epoch: EPOCH, member } : { epoch: EPOCH, member, keeps };
    const corrupt = corruptOf(self);
    if (corrupt === undefined) return new Host(options);
    return new Host({ ...options, corrupt: (honest) => corrupt(honest) ?? new Silence(honest) });
  });
}
