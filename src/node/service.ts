import type { startHttp } from './http/index.ts';
import type { createLogger } from './log/index.ts';
import type { createMetrics } from './metrics/index.ts';

/** What a node has that runs as a program of its own. */
export interface NodeService {
  readonly createLogger: typeof createLogger;
  readonly createMetrics: typeof createMetrics;
  readonly startHttp: typeof startHttp;
}

/** Loads it. Programs that use the library alone never wait for these packages, nor hold them in memory. */
export async function loadNodeService(): Promise<NodeService> {
  const [http, log, metrics] = await Promise.all([
    import('./http/index.ts'),
    import('./log/index.ts'),
    import('./metrics/index.ts'),
  ]);
  return {
    createLogger: log.createLogger,
    createMetrics: metrics.createMetrics,
    startHttp: http.startHttp,
  };
}
