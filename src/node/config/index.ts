export { configJsonSchema } from './json-schema.ts';
export {
  CONFIG_FILE_NAME,
  type Config,
  type ConfigSources,
  type EffectiveSetting,
  type LoadedConfig,
  loadConfig,
  requireIdentity,
} from './load.ts';
export { SETTINGS, type Setting, type SettingValue } from './settings.ts';
