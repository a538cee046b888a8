// How each kind of fault is done to a crew, and undone.
import { setTimeout as pause } from 'node:timers/promises';

/** @import { Crew, Crewman } from './crew.mjs' */
/** @import { Wire } from './wire.mjs' */
/** @import { Fault } from './types.ts' */

/** How long a member whose disk fails may take to notice and close. */
const CLOSE_MS = 10_000;
const POLL_MS = 50;

/** Whom a fault needs for itself. @param {Crew} crew @param {Fault} fault @returns {readonly Crewman[]} */
export function victimsOf(crew, fault) {
  if (fault.kind === 'kill') return fault.members.map((id) => crew.member(id));
  if (fault.kind === 'lie') return crew.members.filter(({ adversary }) => adversary !== undefined);
  return 'member' in fault && fault.kind !== 'cut' ? [crew.member(fault.member)] : [];
}

/** Which wires it needs. @param {Crew} crew @param {Fault} fault @returns {readonly Wire[]} */
export function wiresOf(crew, fault) {
  if (fault.kind === 'cut') return crew.wiresOf(fault.member);
  return 'wire' in fault ? [crew.wire(fault.wire)] : [];
}

/**
 * Does a fault, lets it last, and undoes it; at once when `signal` is aborted. Returns what went wrong with it.
 * @param {Crew} crew @param {Fault} fault @param {AbortSignal} signal @returns {Promise<readonly string[]>}
 */
export async function inflict(crew, fault, signal) {
  const victims = victimsOf(crew, fault);
  const wires = wiresOf(crew, fault);
  const last = () => pause(fault.ms, undefined, { signal }).catch(() => undefined);
  switch (fault.kind) {
    case 'kill':
      return restarted(victims, last);
    case 'torn-tail':
      return restarted(victims, last, () => {
        for (const victim of victims) victim.spoilTail(fault.bytes);
      });
    case 'lie':
      for (const victim of victims) victim.adversary = fault.adversary;
      return restarted(victims, last);
    case 'disk':
      return failedDisk(victims, fault.what, last, signal);
    case 'pause':
      for (const { life } of victims) life?.signal('SIGSTOP');
      await last();
      for (const { life } of victims) life?.signal('SIGCONT');
      return [];
    case 'reset':
      for (const wire of wires) wire.reset();
      return [];
    default:
      for (const wire of wires) spoil(wire, fault);
      await last();
      for (const wire of wires) wire.clear();
      return [];
  }
}

/** @param {Wire} wire @param {Fault} fault */
function spoil(wire, fault) {
  if (fault.kind === 'delay') wire.set({ delayMs: fault.delayMs, jitterMs: fault.jitterMs });
  else if (fault.kind === 'throttle') wire.set({ bytesPerSecond: fault.bytesPerSecond });
  else if (fault.kind === 'one-way') wire.set({ held: true }, fault.direction);
  else if (fault.kind === 'half-open') wire.abandon();
  else if (fault.kind === 'cut') wire.set({ held: true });
}

/**
 * @param {readonly Crewman[]} victims @param {() => Promise<unknown>} last @param {() => void} [between]
 * @returns {Promise<readonly string[]>}
 */
async function restarted(victims, last, between) {
  await Promise.all(victims.map((victim) => victim.kill()));
  between?.();
  await last();
  await Promise.all(victims.map((victim) => victim.start()));
  return [];
}

/**
 * The member has to stop by itself, saying why, and to vote no more before it is started again.
 * @param {readonly Crewman[]} victims @param {'write' | 'sync'} what @param {() => Promise<unknown>} last
 * @param {AbortSignal} signal @returns {Promise<readonly string[]>}
 */
async function failedDisk(victims, what, last, signal) {
  const wrong = [];
  for (const victim of victims) {
    const { life } = victim;
    if (life === undefined) continue;
    await life.ask('failDisk', { what }).catch(() => undefined);
    const closed = () => life.events.find((event) => event.kind === 'closed');
    for (let ms = 0; ms < CLOSE_MS && closed() === undefined && !signal.aborted; ms += POLL_MS)
      await pause(POLL_MS);
    const event = closed();
    const code = event?.kind === 'closed' ? event.report.error?.code : 'it did not close';
    if (code !== 'ERR_STORAGE_FAILED' && !signal.aborted) {
      wrong.push(`${victim.name} did not stop when its disk failed a ${what}: ${code}`);
    }
    // What it said of it belongs to the fault.
    life.stderr = '';
  }
  return [...wrong, ...(await restarted(victims, last))];
}
