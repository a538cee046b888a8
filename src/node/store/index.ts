export type { Disk } from './disk.ts';
export { FileStore, type FileStoreOptions } from './file-store.ts';
export type { Gap } from './gaps.ts';
export type { Backlog } from './horizon.ts';
export { MemoryStore } from './memory-store.ts';
export type { StoreNotice } from './open-log.ts';
export { KEEP_ALL, type Retention } from './retention.ts';
export {
  NAME_BYTES_MAX,
  type Store,
  type StoredDelivery,
  type StoreMemory,
  type StoreRecord,
  type StoreStats,
} from './store.ts';
