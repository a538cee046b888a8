export { CAMPAIGNS, type Campaign, type CampaignName } from './campaign.ts';
export { runScenario } from './run-scenario.ts';
