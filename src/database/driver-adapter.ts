import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client';

/** Makes a {@link DriverAdapter}: ours always give the same one, which Prisma's client and statements share. */
export type AdapterFactory = SqlDriverAdapterFactory;

/** A database as Prisma's own engine and our statements use it, whichever it is. */
export type DriverAdapter = Awaited<ReturnType<AdapterFactory['connect']>>;

/** A transaction on it. */
export type DriverTransaction = Awaited<ReturnType<DriverAdapter['startTransaction']>>;
