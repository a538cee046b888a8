import * as v from 'valibot';
import { NODE_LIMITS_DEFAULT } from '../memory-bound.ts';
import { RETENTION_DEFAULT } from '../retention.ts';
import { type ConfigFile, configSchema } from './schema.ts';

/** What the config file may say of a setting. */
export type SettingValue = string | number | false | readonly string[];

/** One setting: how it is called in the file, in the environment and on the command line. */
export interface Setting {
  /** Path in the file, with dots. */
  readonly key: string;
  readonly env: string;
  /** The flag of `quorumcast run`; undefined if there is none. */
  readonly flag?: string;
  /** Whether it names a file or folder, to be resolved against where it was said. */
  readonly path?: boolean;
  /** The value if nobody says any. */
  readonly default?: SettingValue;
}

/** Every setting. The file's schema says what each may be. */
export const SETTINGS: readonly Setting[] = [
  {
    key: 'cluster',
    env: 'QUORUMCAST_CLUSTER',
    flag: '--cluster',
    path: true,
    default: 'cluster.json',
  },
  { key: 'identity', env: 'QUORUMCAST_IDENTITY', flag: '--identity', path: true },
  { key: 'coin', env: 'QUORUMCAST_COIN', flag: '--coin', path: true },
  {
    key: 'dataDir',
    env: 'QUORUMCAST_DATA_DIR',
    flag: '--data-dir',
    path: true,
    default: '.quorumcast',
  },
  { key: 'listen', env: 'QUORUMCAST_LISTEN', flag: '--listen' },
  { key: 'http.listen', env: 'QUORUMCAST_HTTP_LISTEN', flag: '--http', default: '127.0.0.1:7480' },
  { key: 'http.tokenFile', env: 'QUORUMCAST_TOKEN_FILE', flag: '--token-file', path: true },
  { key: 'http.allowedHosts', env: 'QUORUMCAST_ALLOWED_HOSTS', flag: '--allowed-hosts' },
  {
    key: 'limits.bufferedBytesPerPeer',
    env: 'QUORUMCAST_BUFFERED_BYTES_PER_PEER',
    default: NODE_LIMITS_DEFAULT.bufferedBytesPerPeer,
  },
  {
    key: 'limits.pendingBytes',
    env: 'QUORUMCAST_PENDING_BYTES',
    default: NODE_LIMITS_DEFAULT.pendingBytes,
  },
  {
    key: 'limits.backlogMessages',
    env: 'QUORUMCAST_BACKLOG_MESSAGES',
    default: NODE_LIMITS_DEFAULT.backlogMessages,
  },
  { key: 'retention.bytes', env: 'QUORUMCAST_RETENTION_BYTES', default: RETENTION_DEFAULT.bytes },
  { key: 'retention.messages', env: 'QUORUMCAST_RETENTION_MESSAGES' },
  { key: 'retention.ageSeconds', env: 'QUORUMCAST_RETENTION_AGE_SECONDS' },
  {
    key: 'retention.laggardBytes',
    env: 'QUORUMCAST_RETENTION_LAGGARD_BYTES',
    default: RETENTION_DEFAULT.laggardBytes,
  },
  { key: 'log.level', env: 'QUORUMCAST_LOG_LEVEL', flag: '--log-level', default: 'info' },
  { key: 'log.format', env: 'QUORUMCAST_LOG_FORMAT', flag: '--log-format', default: 'auto' },
];

/** Variables of the environment that are no settings of a node. */
export const OTHER_VARIABLES: readonly string[] = ['QUORUMCAST_CONFIG', 'QUORUMCAST_HTTP'];

/** What a file says of a setting; undefined if nothing. */
export function valueInFile(file: ConfigFile, { key }: Setting): SettingValue | undefined {
  let value: unknown = file;
  for (const step of key.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value as SettingValue | undefined;
}

/** The value that a text from a flag or a variable stands for, or what is wrong with it. */
export function parseSetting(
  { key }: Setting,
  text: string,
): { readonly value: SettingValue } | { readonly problem: string } {
  const schema = schemaOf(key);
  // In the file these are not strings; a text that fits none of the readings is judged as it is.
  const readings: unknown[] = [text, text.split(',')];
  if (text === 'false' || text === 'off') readings.unshift(false);
  if (/^\d{1,15}$/.test(text)) readings.unshift(Number(text));
  let problem = '';
  for (const reading of readings) {
    const result = v.safeParse(schema, reading);
    if (result.success) return { value: result.output as SettingValue };
    problem ||= describe(result.issues[0]);
  }
  return { problem };
}

function describe(issue: v.BaseIssue<unknown>): string {
  const subIssue = issue.issues?.find(({ kind }) => kind === 'validation');
  if (subIssue !== undefined) return subIssue.message;
  if (issue.kind === 'validation') return issue.message;
  const expected = issue.expected === 'number' ? 'a number' : (issue.expected ?? 'something else');
  return `must be ${expected.replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')}, not ${JSON.stringify(issue.input)}`;
}

function schemaOf(key: string): v.GenericSchema {
  let schema: v.GenericSchema = configSchema;
  for (const step of key.split('.')) {
    const { entries } = unwrap(schema) as unknown as { entries: Readonly<Record<string, v.GenericSchema>> };
    schema = entries[step] ?? v.never();
  }
  return unwrap(schema);
}

function unwrap(schema: v.GenericSchema): v.GenericSchema {
  return 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
}
