import * as v from 'valibot';
import { parseAddress } from '../address.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log/levels.ts';
import { RETENTION_RANGE } from '../retention.ts';

const pathField = v.pipe(v.string(), v.minLength(1, 'must not be empty'));

const listenField = v.pipe(
  v.string(),
  v.check(
    (text) => parseAddress(text) !== undefined,
    'must be HOST:PORT, for example 127.0.0.1:7480; port 0 takes a free one',
  ),
);

const hostField = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/i, 'must be a host name or address without port'),
);

/** The form of `quorumcast.json`. Every key may be absent: flags and the environment can say the same. */
export const configSchema = v.object({
  $schema: v.optional(v.string()),
  cluster: v.optional(v.pipe(pathField, v.description('The cluster definition. Default cluster.json.'))),
  identity: v.optional(v.pipe(pathField, v.description('The key file of this member. Required.'))),
  coin: v.optional(
    v.pipe(
      pathField,
      v.description('The file with the share of the common coin of this member, where one was dealt.'),
    ),
  ),
  dataDir: v.optional(
    v.pipe(
      v.union([v.literal(false), pathField]),
      v.description('Folder of the log; false keeps it in memory only. Default .quorumcast.'),
    ),
  ),
  listen: v.optional(
    v.pipe(
      listenField,
      v.description('Where peers connect. Default: the first address of this member in the definition.'),
    ),
  ),
  http: v.optional(
    v.object({
      listen: v.optional(
        v.pipe(
          v.union([v.literal(false), listenField]),
          v.description('Where the HTTP API listens; false turns it off. Default 127.0.0.1:7480.'),
        ),
      ),
      tokenFile: v.optional(
        v.pipe(
          pathField,
          v.description('A file that holds the token callers must present. Needed beyond loopback.'),
        ),
      ),
      allowedHosts: v.optional(
        v.pipe(
          v.array(hostField),
          v.description('Further names by which the HTTP API may be called, without port. Default none.'),
        ),
      ),
    }),
  ),
  limits: v.optional(
    v.object({
      bufferedBytesPerPeer: v.optional(
        v.pipe(
          bytes(65_536, 4_294_967_296),
          v.description('Bytes queued for one peer before its link is closed. Default 33554432.'),
        ),
      ),
      pendingBytes: v.optional(
        v.pipe(
          bytes(1, 4_294_967_296),
          v.description('Bytes of own messages that may wait for room in the window. Default 16777216.'),
        ),
      ),
      backlogMessages: v.optional(
        v.pipe(
          bytes(1, 16_777_216),
          v.description('Deliveries a consumer of a memory-only node may lag behind. Default 65536.'),
        ),
      ),
    }),
  ),
  retention: v.optional(
    v.object({
      bytes: v.optional(
        v.pipe(
          bytes(...RETENTION_RANGE.bytes),
          v.description('Bytes of the log before the oldest deliveries go. Default 1073741824.'),
        ),
      ),
      messages: v.optional(
        v.pipe(
          bytes(...RETENTION_RANGE.messages),
          v.description('Delivered messages that are kept. Default: as many as there is room for.'),
        ),
      ),
      ageSeconds: v.optional(
        v.pipe(
          bytes(...RETENTION_RANGE.ageSeconds),
          v.description('How long a delivered message is kept. Default: for ever.'),
        ),
      ),
      laggardBytes: v.optional(
        v.pipe(
          bytes(...RETENTION_RANGE.laggardBytes),
          v.description(
            'Bytes beyond these that consumers hold back until they acknowledge. Default 1073741824.',
          ),
        ),
      ),
    }),
  ),
  log: v.optional(
    v.object({
      level: v.optional(
        v.pipe(v.picklist(LOG_LEVELS), v.description('debug, info, warn, error or silent. Default info.')),
      ),
      format: v.optional(
        v.pipe(
          v.picklist(LOG_FORMATS),
          v.description('auto, json or pretty. Default auto: pretty on a terminal, else JSON.'),
        ),
      ),
    }),
  ),
});

/** A config file that fits the form. */
export type ConfigFile = v.InferOutput<typeof configSchema>;

function bytes(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.check(
      (value) => Number.isSafeInteger(value) && value >= min && value <= max,
      `must be an integer from ${min} to ${max}`,
    ),
  );
}
