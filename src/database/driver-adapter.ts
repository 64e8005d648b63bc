import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client';

/** Makes a {@link DriverAdapter}: ours always give the same one, which Prisma's client and statements share. */
export interface AdapterFactory extends SqlDriverAdapterFactory {
  /** Has whatever waits for the database fail at once, and all that comes later: for an end that must not wait. */
  destroy(): void;
}

/** A database as Prisma's own engine and our statements use it, whichever it is. */
export type DriverAdapter = Awaited<ReturnType<AdapterFactory['connect']>>;

/** A transaction on it. */
export type DriverTransaction = Awaited<ReturnType<DriverAdapter['startTransaction']>>;
