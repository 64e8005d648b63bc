import { type InputProblem, ProblemsError } from '../../agents/input-problems.ts';
import { ConflictError, InputError, messageOf, TroupeError, UnavailableError } from '../../errors.ts';
import { FormError } from './validator.ts';

/** An error as the API answers it. See RFC 9457, "Problem Details for HTTP APIs". */
export interface Problem {
  /** `about:blank`: the status says it all. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What went wrong with this request, and what to do about it. */
  readonly detail: string;
  /** The request's id, which the log has too. */
  readonly instance: string;
  /** What is wrong where, of a body or a query. */
  readonly errors?: readonly InputProblem[];
}

/** Thrown by a route: its answer is this status. */
export class HttpError extends TroupeError {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string, details: { remedy?: string; cause?: unknown } = {}) {
    super(message, details);
    this.status = status;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What a caller is told of an error. Of a defect nothing but the request's id: the log has the rest. */
export function problemOf(error: unknown, requestId: string): Problem {
  const status = statusOf(error);
  const detail = status === 500 ? 'something went wrong; the log says what' : wordsOf(error);
  const problem = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    instance: requestId,
  };
  return error instanceof ProblemsError ? { ...problem, errors: error.problems } : problem;
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof FormError) return error.statusCode;
  if (error instanceof ConflictError) return 412;
  if (error instanceof InputError) return 422;
  if (error instanceof UnavailableError) return 503;
  // Fastify's own refusals: a body that is too large, or no JSON.
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}

function wordsOf(error: unknown): string {
  if (statusOf(error) === 415 && !(error instanceof HttpError)) {
    return 'send JSON, and say so: Content-Type: application/json';
  }
  const remedy = error instanceof TroupeError ? error.remedy : '';
  return [messageOf(error), remedy].filter((part) => part !== '').join('. ');
}
