export { type Delivered, SimulatedDisk } from './disk.ts';
export { Host, type HostOptions, type Sent, type Turn } from './host.ts';
export { Network, type Observer } from './network.ts';
