import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { closestMatch } from 'leven';
import { reasonOf } from '../../base/index.ts';
import type { NodeLimits, RetentionLimits } from '../api.ts';
import { QuorumcastError } from '../errors.ts';
import type { LogFormat, LogLevel } from '../log/levels.ts';
import { parseStrictJson, StrictJsonError } from '../strict-json.ts';
import { type ConfigFile, configSchema } from './schema.ts';
import {
  OTHER_VARIABLES,
  parseSetting,
  SETTINGS,
  type Setting,
  type SettingValue,
  valueInFile,
} from './settings.ts';

/** The name looked for when nobody names a config file. */
export const CONFIG_FILE_NAME = 'quorumcast.json';

/** Where settings are looked for. Flags go before the environment, that before the file, that before defaults. */
export interface ConfigSources {
  /** Folder that relative paths of flags and variables are taken from. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By key of a setting. */
  readonly flags: Readonly<Record<string, string | false | undefined>>;
  /** The file to read; without it the variable QUORUMCAST_CONFIG, or `quorumcast.json` in `cwd` if it exists. */
  readonly file?: string | undefined;
}

/** The settings a node runs with. Paths are absolute. */
export interface Config {
  readonly cluster: string;
  /** Undefined if nobody named a key: `requireIdentity` says so. */
  readonly identity: string | undefined;
  readonly coin: string | undefined;
  readonly dataDir: string | false;
  readonly listen: string | undefined;
  readonly http: {
    readonly listen: string | false;
    readonly tokenFile: string | undefined;
    readonly allowedHosts: readonly string[];
  };
  readonly limits: Partial<NodeLimits>;
  readonly retention: Partial<RetentionLimits>;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** One setting with where it comes from. */
export interface EffectiveSetting {
  readonly setting: Setting;
  readonly value: SettingValue | undefined;
  /** `--listen`, `QUORUMCAST_LISTEN`, the path of the file, or `default`. */
  readonly origin: string;
}

/** What was found. */
export interface LoadedConfig {
  readonly config: Config;
  readonly settings: readonly EffectiveSetting[];
  /** The file that was read; undefined if there is none. */
  readonly file: string | undefined;
  /** What looks like a slip and changes nothing. */
  readonly warnings: readonly string[];
}

/**
 * Reads flags, environment and file.
 * @throws QuorumcastError ERR_CONFIG with all that is wrong anywhere, one line each.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const problems: string[] = [];
  const { file, path } = await readConfigFile(sources, problems);
  const settings = SETTINGS.map((setting) => effective(setting, sources, file, path, problems));
  if (problems.length > 0) {
    throw new QuorumcastError('ERR_CONFIG', problems.join('\n'), {
      hint: '`quorumcast config schema` describes the file, `quorumcast run --help` the flags',
    });
  }
  return { config: assemble(settings), settings, file: path, warnings: slips(sources.env) };
}

/** @throws QuorumcastError ERR_CONFIG if no key was named. */
export function requireIdentity(config: Config): string {
  if (config.identity !== undefined) return config.identity;
  throw new QuorumcastError('ERR_CONFIG', 'no identity: the key file of this member is not named', {
    hint: 'use --identity NAME.key, QUORUMCAST_IDENTITY, or "identity" in quorumcast.json',
  });
}

async function readConfigFile(
  { cwd, env, file }: ConfigSources,
  problems: string[],
): Promise<{ readonly file: ConfigFile; readonly path: string | undefined }> {
  const named = file ?? (env['QUORUMCAST_CONFIG'] || undefined);
  const path = resolve(cwd, named ?? CONFIG_FILE_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (named === undefined && code === 'ENOENT') return { file: {}, path: undefined };
    problems.push(`${named ?? CONFIG_FILE_NAME} cannot be read: ${reasonOf(error)}`);
    return { file: {}, path };
  }
  try {
    const parsed = parseStrictJson(text, named ?? CONFIG_FILE_NAME, configSchema, {
      code: 'ERR_CONFIG',
      comments: true,
    });
    return { file: parsed, path };
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    problems.push(error.message);
    return { file: {}, path };
  }
}

function effective(
  setting: Setting,
  { cwd, env, flags }: ConfigSources,
  file: ConfigFile,
  filePath: string | undefined,
  problems: string[],
): EffectiveSetting {
  const located = (value: SettingValue, base: string): SettingValue =>
    setting.path === true && typeof value === 'string' ? resolve(base, value) : value;
  const said = (text: string, origin: string): EffectiveSetting => {
    const parsed = parseSetting(setting, text);
    if ('problem' in parsed) {
      problems.push(`${origin} ${parsed.problem}`);
      return { setting, value: undefined, origin };
    }
    return { setting, value: located(parsed.value, cwd), origin };
  };

  const flag = flags[setting.key];
  const flagName = setting.flag ?? setting.key;
  if (flag === false) return { setting, value: false, origin: flagName.replace('--', '--no-') };
  if (flag !== undefined) return said(flag, flagName);
  const variable = env[setting.env];
  if (variable !== undefined && variable !== '') return said(variable, setting.env);
  const inFile = valueInFile(file, setting);
  if (inFile !== undefined && filePath !== undefined) {
    return { setting, value: located(inFile, dirname(filePath)), origin: filePath };
  }
  const base = filePath === undefined ? cwd : dirname(filePath);
  const value = setting.default === undefined ? undefined : located(setting.default, base);
  return { setting, value, origin: 'default' };
}

function assemble(settings: readonly EffectiveSetting[]): Config {
  const values = new Map(settings.map(({ setting, value }) => [setting.key, value]));
  const text = (key: string): string | undefined => {
    const value = values.get(key);
    return typeof value === 'string' ? value : undefined;
  };
  const hosts = values.get('http.allowedHosts');
  const orFalse = (key: string): string | false => text(key) ?? false;
  const group = (prefix: string): unknown =>
    Object.fromEntries(
      settings
        .filter(({ setting, value }) => setting.key.startsWith(prefix) && value !== undefined)
        .map(({ setting, value }) => [setting.key.slice(prefix.length), value] as const),
    );
  return {
    cluster: text('cluster') ?? '',
    identity: text('identity'),
    coin: text('coin'),
    dataDir: orFalse('dataDir'),
    listen: text('listen'),
    http: {
      listen: orFalse('http.listen'),
      tokenFile: text('http.tokenFile'),
      allowedHosts: Array.isArray(hosts) ? hosts : [],
    },
    limits: group('limits.') as Partial<NodeLimits>,
    retention: group('retention.') as Partial<RetentionLimits>,
    log: { level: values.get('log.level') as LogLevel, format: values.get('log.format') as LogFormat },
  };
}

/**
 * Variables that nearly are settings. Others with the same prefix are nobody's slip: container platforms set
 * QUORUMCAST_SERVICE_HOST and the like for a service of that name.
 */
function slips(env: ConfigSources['env']): string[] {
  const known = [...SETTINGS.map((setting) => setting.env), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('QUORUMCAST_') && !known.includes(name))
    .flatMap((name) => {
      const near = closestMatch(name, known, { maxDistance: 2 });
      return near === undefined ? [] : [`${name} is no setting; did you mean ${near}?`];
    });
}
