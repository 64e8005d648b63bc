import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client';

/** Prisma's code for a unique constraint that failed. */
const UNIQUE_VIOLATION = 'P2002';

/** Whether Prisma's client was refused a row because its unique key was taken. */
export function isUniqueViolation(error: unknown): error is PrismaClientKnownRequestError {
  return error instanceof PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION;
}
