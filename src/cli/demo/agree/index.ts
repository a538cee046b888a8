import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agreement, QuorumcastError } from '../../../node/index.ts';
import { AGREEMENT_LIARS } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { type ClusterFolder, makeClusterFolder } from '../../cluster-folder.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { interruptSignal } from '../../interrupt.ts';
import { table } from '../../terminal.ts';
import { Child } from '../child.ts';
import { type DemoAgreeOptions, type DemoAgreePlan, planDemoAgree } from './plan.ts';
import type { AgreeOrder, AgreeTelling } from './protocol.ts';
import type { PhaseStory } from './story.ts';
import { type AgreementVerdict, judgeAgreement, readAgreementLog } from './verdict.ts';

type Member = Child<AgreeOrder, AgreeTelling>;

const TOPIC = 'demo';
/** How long members may take to find each other, and to decide. */
const READY_MS_MAX = 60_000;
const DECIDE_MS_MAX = 60_000;

/** `quorumcast demo agree`: processes agree on a bit while some lie, judged from the correct ones' logs. */
export async function run(cli: Cli, _args: readonly string[], options: DemoAgreeOptions): Promise<ExitCode> {
  const plan = planDemoAgree(options);
  const dir = await mkdtemp(join(tmpdir(), 'quorumcast-demo-'));
  try {
    return await new DemoAgree(cli, plan).run(
      await makeClusterFolder(dir, { name: 'demo', members: plan.n }),
    );
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

class DemoAgree {
  readonly #cli: Cli;
  readonly #plan: DemoAgreePlan;
  #members: Member[] = [];

  constructor(cli: Cli, plan: DemoAgreePlan) {
    this.#cli = cli;
    this.#plan = plan;
  }

  async run(cluster: ClusterFolder): Promise<ExitCode> {
    const { terminal } = this.#cli;
    const { proposals } = this.#plan;
    const interrupted = interruptSignal();
    this.#introduce(cluster);
    let decisions: readonly (Agreement | undefined)[] = [];
    let stories: readonly (readonly PhaseStory[])[] = [];
    try {
      this.#members = [...cluster.members.keys()].map((id) => this.#start(cluster, id));
      await this.#allReady(AbortSignal.any([interrupted, AbortSignal.timeout(READY_MS_MAX)]));
      if (!interrupted.aborted) {
        decisions = (await unlessAborted(this.#decide(), interrupted)) ?? [];
        stories = await Promise.all(this.#members.map(storyOf));
      }
    } finally {
      await Promise.all(this.#members.map((member) => member.stop({ kind: 'stop' })));
    }
    this.#tell(decisions, stories);
    const correct = [...proposals.keys()];
    const logs = await Promise.all(correct.map((id) => readAgreementLog(cluster, id, TOPIC)));
    const verdict = judgeAgreement(logs, [...proposals.values()]);
    const { agreement, validity, termination } = verdict;
    const value = logs.find(({ decided }) => decided !== undefined)?.decided;
    terminal.emit(
      { event: 'verdict', ...verdict, value },
      `\nverdict, from the correct members' own logs: agreement ${agreement}, validity ${validity}, termination ${termination}`,
    );
    return exitCodeOf(verdict, interrupted.aborted);
  }

  #introduce({ definition }: ClusterFolder): void {
    const { terminal } = this.#cli;
    const { n, f } = definition.committee;
    terminal.talk(
      `quorumcast demo agree  ${n} members  f=${f}  Bracha 1987, coins of one's own  mutual TLS 1.3  durable logs  a process each`,
    );
    for (const [id, kind] of this.#plan.liars)
      terminal.talk(`  p${id} is Byzantine: it ${AGREEMENT_LIARS[kind].summary}`);
    terminal.talk(`  ${n - f} have to propose; a step acts on the first ${n - f} values with a reason`);
  }

  #start({ clusterFile, members }: ClusterFolder, id: number): Member {
    const { keyFile = '', dataDir = '', name = '' } = members[id] ?? {};
    const member: Member = new Child(name, 'cli/demo/agree/member-process.js', () => undefined);
    const setup = { clusterFile, keyFile, dataDir, self: id, liar: this.#plan.liars.get(id) };
    member.order({ kind: 'start', setup });
    return member;
  }

  /** Until every member has all its links; gives up when the time is over. */
  async #allReady(signal: AbortSignal): Promise<void> {
    const late = new Set(this.#members.map(({ name }) => name));
    const ready = this.#members.map(async (member) => {
      await member.ready;
      late.delete(member.name);
    });
    await unlessAborted(Promise.all(ready), signal);
    if (late.size === 0 || signal.reason?.name !== 'TimeoutError') return;
    throw new QuorumcastError('ERR_TIMEOUT', `not ready: ${[...late].join(', ')}`, {
      hint: 'see whether the machine is overloaded or something keeps programs on it from connecting to 127.0.0.1',
      retryable: true,
    });
  }

  /** What the correct members decide; undefined for those that do not in time. */
  async #decide(): Promise<readonly (Agreement | undefined)[]> {
    const { liars, proposals } = this.#plan;
    const agree = async (number: number, value: 0 | 1): Promise<Agreement | undefined> => {
      const withinMs = DECIDE_MS_MAX;
      const telling = await this.#members[number]?.ask((id) => ({
        ...{ kind: 'agree', id, topic: TOPIC, value, withinMs },
      }));
      return telling?.kind === 'decided' ? telling.decision : undefined;
    };
    // What a liar wants does not matter: it says what it likes, and nobody waits for it.
    for (const id of liars.keys()) agree(id, 1).catch(() => undefined);
    return Promise.all([...proposals].map(([id, value]) => agree(id, value)));
  }

  #tell(decisions: readonly (Agreement | undefined)[], stories: readonly (readonly PhaseStory[])[]): void {
    const { terminal } = this.#cli;
    const { liars, proposals } = this.#plan;
    const decided = new Map([...proposals.keys()].map((id, index) => [id, decisions[index]]));
    const phases = Math.max(0, ...stories.map(({ length }) => length));
    const heads = Array.from({ length: phases }, (_, index) => `phase ${index + 1}`);
    const rows = stories.map((story, id) => {
      const proposal = proposals.get(id);
      const decision = decided.get(id);
      if (terminal.json)
        terminal.emit(
          {
            event: 'member',
            name: `p${id}`,
            is: liars.get(id) ?? 'correct',
            proposal,
            phases: story,
            decision,
          },
          '',
        );
      const cells = heads.map((_, index) => {
        const { said = [], coin } = story[index] ?? {};
        return `${said.join(' ')}${coin === undefined ? '' : ` coin ${coin}`}`;
      });
      const outcome = decision === undefined ? '-' : `${decision.value} in phase ${decision.phase}`;
      return [`p${id}`, liars.get(id) ?? 'correct', String(proposal ?? '-'), ...cells, outcome];
    });
    if (!terminal.json)
      terminal.raw(`\n${table([['member', 'is', 'proposes', ...heads, 'decides'], ...rows])}\n`);
    terminal.talk(
      '\n  in a phase: what a member said in steps 1, 2 and 3; (d,1) is a 1 that more than half said',
    );
  }
}

async function storyOf(member: Member): Promise<readonly PhaseStory[]> {
  const telling = await member.ask((id) => ({ kind: 'story', id }));
  return telling.kind === 'story' ? telling.phases : [];
}

/** What `work` comes to; undefined if the signal comes first. */
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  if (signal.aborted) return undefined;
  let stop: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function exitCodeOf(verdict: AgreementVerdict, interrupted: boolean): ExitCode {
  const findings = Object.values(verdict);
  if (findings.includes('violated')) return EXIT.failed;
  if (interrupted) return EXIT.interrupted;
  return findings.includes('undecided') ? EXIT.unknown : EXIT.ok;
}
