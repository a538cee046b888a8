export { createMetrics, type Measured, type NodeMetrics } from './metrics.ts';
