export { CAMPAIGNS, type Campaign, type CampaignName } from './campaign.ts';
export { PRESETS, type Preset, type PresetName } from './preset.ts';
export { noCounts, RARE_PATHS, RareCounter, type RarePath } from './rare.ts';
export { runScenario } from './run-scenario.ts';
