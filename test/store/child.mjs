// A process of its own for the tests: opens the store in `argv[2]` as it was built, then does as `argv[3]` says.
//   hold    says "open" and stays
//   write   appends and syncs for ever, and says each position once it is durable
//   fill    as `write` with payloads of 64 KiB, until that fails: then says "failed <code>" and what still works
import { createHash } from 'node:crypto';
import { Committee } from '../../dist/committee/index.js';
import { asDigest } from '../../dist/crypto/index.js';
import { FileStore } from '../../dist/node/store/index.js';

const [, , dir = '', task] = process.argv;
const committee = new Committee(4, 1);
const self = committee.member(0);
const cluster = new Uint8Array(32).fill(0xc5);

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {number} instance */
function payloadOf(instance) {
  return Buffer.from(
    `own payload ${instance} `.padEnd(task === 'fill' ? 65_536 : 40 + (instance % 7) * 300, '.'),
  );
}

/**
 * @param {FileStore} store
 * @param {number} instance
 */
async function initiate(store, instance) {
  const payload = payloadOf(instance);
  const digest = asDigest(new Uint8Array(createHash('sha256').update(payload).digest()));
  if (digest === undefined) throw new Error('SHA-256 has 32 bytes');
  store.append({ kind: 'keep', digest, payload });
  const about = { sender: self, instance, digest };
  store.append({ kind: 'said', ...about, statement: 'initial', firstSeq: instance, count: 1 });
  store.append({ kind: 'said', ...about, statement: 'echo', firstSeq: 0, count: 0 });
  await store.sync();
  return digest;
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : 'without a code';
}

try {
  const store = await FileStore.open({ dir, cluster, committee, self });
  const first = store.restored().own.nextInstance;
  say(`open ${first}`);
  if (task === 'hold') setInterval(() => undefined, 60_000);
  let kept;
  try {
    for (let instance = first; task !== 'hold'; instance += 1) {
      const digest = await initiate(store, instance);
      kept ??= digest;
      say(`durable ${instance} ${store.position}`);
    }
  } catch (error) {
    const again = await store.sync().catch((second) => second);
    const forGood = again === error ? 'for good' : 'but not for good';
    const readable = kept !== undefined && (await store.payload(kept)) !== undefined;
    say(`failed ${codeOf(error)} ${forGood} ${readable ? 'readable' : 'unreadable'}`);
    await store.close();
  }
} catch (error) {
  say(`refused ${codeOf(error)} ${error instanceof Error ? error.message : error}`);
}
