import type { Route } from '../route.ts';
import { agree, agreements } from './agreements.ts';
import { broadcast, message } from './broadcasts.ts';
import { acknowledge, deliveries, deliveriesStream } from './deliveries.ts';
import { drain } from './drain.ts';
import { changeEpoch, epochs } from './epochs.ts';
import { events } from './events.ts';
import { index, livez, metricsText, openApi, readyz } from './process.ts';
import { cluster, evidence, peers, status, trace } from './state.ts';

/** Everything this server answers. The handlers and the OpenAPI document are both made from it. */
export const ROUTES: readonly Route[] = [
  index,
  livez,
  readyz,
  metricsText,
  openApi,
  status,
  cluster,
  peers,
  evidence,
  broadcast,
  message,
  deliveries,
  deliveriesStream,
  acknowledge,
  agree,
  agreements,
  epochs,
  changeEpoch,
  trace,
  events,
  drain,
];
