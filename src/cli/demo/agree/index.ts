import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agreement, coinToss, type RunningNode, startNode } from '../../../node/index.ts';
import { AGREEMENT_LIARS } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { type ClusterFolder, makeClusterFolder } from '../../cluster-folder.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { interruptSignal } from '../../interrupt.ts';
import { table } from '../../terminal.ts';
import { type DemoAgreeOptions, type DemoAgreePlan, planDemoAgree } from './plan.ts';
import { Story } from './story.ts';
import { type AgreementVerdict, judgeAgreement, readAgreementLog } from './verdict.ts';

const TOPIC = 'demo';
/** How long members may take to find each other, and to decide. */
const READY_MS_MAX = 60_000;
const DECIDE_MS_MAX = 60_000;

/** `quorumcast demo agree`: members agree on a bit while some lie, judged from the correct ones' logs. */
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
  readonly #stories = new Map<number, Story>();
  #nodes: RunningNode[] = [];

  constructor(cli: Cli, plan: DemoAgreePlan) {
    this.#cli = cli;
    this.#plan = plan;
  }

  async run(cluster: ClusterFolder): Promise<ExitCode> {
    const { terminal } = this.#cli;
    const { proposals } = this.#plan;
    const interrupted = interruptSignal();
    const within = (ms: number): AbortSignal => AbortSignal.any([interrupted, AbortSignal.timeout(ms)]);
    this.#introduce(cluster);
    let decisions: readonly (Agreement | undefined)[] = [];
    try {
      for (const id of cluster.members.keys()) this.#nodes.push(await this.#start(cluster, id));
      const ready = within(READY_MS_MAX);
      await Promise.all(this.#nodes.map((node) => node.whenReady({ signal: ready })));
      decisions = await this.#decide(within(DECIDE_MS_MAX));
    } finally {
      await Promise.all(this.#nodes.map((node) => node.close()));
    }
    this.#tell(decisions);
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
      `quorumcast demo agree  ${n} members  f=${f}  Bracha 1987, coins of one's own  mutual TLS 1.3  durable logs`,
    );
    for (const [id, kind] of this.#plan.liars)
      terminal.talk(`  p${id} is Byzantine: it ${AGREEMENT_LIARS[kind].summary}`);
    terminal.talk(`  ${n - f} have to propose; a step acts on the first ${n - f} values with a reason`);
  }

  #start({ clusterFile, definition, members }: ClusterFolder, id: number): Promise<RunningNode> {
    const { keyFile = '', dataDir = '' } = members[id] ?? {};
    const story = new Story(definition.committee, id);
    this.#stories.set(id, story);
    const liar = this.#plan.liars.get(id);
    return startNode(
      { cluster: clusterFile, identity: keyFile, dataDir },
      {
        agreeing: (honest) => story.listen(liar === undefined ? honest : AGREEMENT_LIARS[liar].make(honest)),
        toss: (phase) => {
          const coin = coinToss();
          story.tossed(phase, coin);
          return coin;
        },
      },
    );
  }

  /** What the correct members decide; undefined for those that do not in time. */
  async #decide(signal: AbortSignal): Promise<readonly (Agreement | undefined)[]> {
    const { liars, proposals } = this.#plan;
    // What a liar wants does not matter: it says what it likes.
    for (const id of liars.keys()) this.#nodes[id]?.agree(TOPIC, 1, { signal }).catch(() => undefined);
    return Promise.all(
      [...proposals].map(([id, value]) =>
        this.#nodes[id]?.agree(TOPIC, value, { signal }).catch(() => undefined),
      ),
    );
  }

  #tell(decisions: readonly (Agreement | undefined)[]): void {
    const { terminal } = this.#cli;
    const { liars, proposals } = this.#plan;
    const decided = new Map([...proposals.keys()].map((id, index) => [id, decisions[index]]));
    const phases = Math.max(0, ...[...this.#stories.values()].map((story) => story.phases.length));
    const heads = Array.from({ length: phases }, (_, index) => `phase ${index + 1}`);
    const rows = [...this.#stories].map(([id, story]) => {
      const proposal = proposals.get(id);
      const decision = decided.get(id);
      if (terminal.json)
        terminal.emit(
          {
            event: 'member',
            name: `p${id}`,
            is: liars.get(id) ?? 'correct',
            proposal,
            phases: story.phases,
            decision,
          },
          '',
        );
      const cells = heads.map((_, index) => {
        const { said = [], coin } = story.phases[index] ?? {};
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

function exitCodeOf(verdict: AgreementVerdict, interrupted: boolean): ExitCode {
  const findings = Object.values(verdict);
  if (findings.includes('violated')) return EXIT.failed;
  if (interrupted) return EXIT.interrupted;
  return findings.includes('undecided') ? EXIT.unknown : EXIT.ok;
}
