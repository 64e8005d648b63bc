import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { csrfTokenOf } from '../../../access/access-token.ts';
import { InputError } from '../../../errors.ts';
import type { AccessParts } from '../access/access-parts.ts';
import { sessionOf, storesOf } from '../access/access-parts.ts';
import { attemptOf, letIn, tooMany } from '../access/session-routes.ts';
import { clearSessionCookie, sessionTokenOf } from '../guard/session-cookie.ts';
import { HttpError, problemOf } from '../problem.ts';
import { firstRunPage, homePage, loginPage, type TypedForm } from './forms.ts';

/** Bytes of a form at most. */
const FORM_LIMIT = 16_384;

const STYLES = new URL('admin.css', import.meta.url);

/** Pages are for people: the description does without them. */
const schema = { hide: true } as const;

const nobody = { config: { needs: 'nobody' }, schema } as const;

/** What a form may hold. */
type Fields = Readonly<Record<string, string>>;

/**
 * The pages to make the first admin, to log in and to log out, which need no script. Forms are taken here alone: the API
 * takes JSON.
 */
export function addPageRoutes(app: FastifyInstance, parts: AccessParts): void {
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT },
      (_request, body, parsed) => {
        parsed(null, Object.fromEntries(new URLSearchParams(body as string)));
      },
    );
    const styles = readFileSync(STYLES);
    scope.get('/assets/admin.css', nobody, (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', 'no-cache').send(styles),
    );
    scope.get('/', nobody, async (request, reply) => show(reply, 200, await startPage(request, parts)));
    scope.get('/login', nobody, (_request, reply) => reply.redirect('/', 303));
    addForms(scope, parts);
    done();
  });
}

async function startPage(request: FastifyRequest, { hasAdmin, firstRun }: AccessParts): Promise<string> {
  if (!(await hasAdmin())) {
    firstRun.offer();
    return firstRunPage();
  }
  const { login } = request;
  if (login?.session === undefined) return loginPage();
  const { name, role } = login.principal;
  return homePage({ name, role, csrfToken: csrfTokenOf(sessionTokenOf(request) ?? '') });
}

function addForms(app: FastifyInstance, parts: AccessParts): void {
  app.post<{ Body: Fields | undefined }>('/first-run', nobody, (request, reply) =>
    answerForm(request, reply, firstRunPage, () => makeFirstAdmin(request, reply, parts)),
  );
  app.post<{ Body: Fields | undefined }>('/login', nobody, (request, reply) =>
    answerForm(request, reply, loginPage, async () => {
      if (!(await parts.hasAdmin())) throw new HttpError(403, 'there is no admin yet');
      const { name = '', password = '' } = request.body ?? {};
      letIn(request, reply, await parts.access.login(attemptOf(request, name, password)));
    }),
  );
  app.post('/logout', { config: { needs: 'somebody' }, schema }, async (request, reply) => {
    await storesOf(request, parts).adminSessions.revoke(sessionOf(request).session.id);
    clearSessionCookie(request, reply);
    return reply.redirect('/', 303);
  });
}

async function makeFirstAdmin(
  request: FastifyRequest<{ Body: Fields | undefined }>,
  reply: FastifyReply,
  { access, firstRun, hasAdmin }: AccessParts,
): Promise<void> {
  const { code = '', name = '', password = '', again = '' } = request.body ?? {};
  if (await hasAdmin()) throw new HttpError(403, 'there is an admin already: log in, or ask them');
  const outcome = firstRun.check(code, request.caller.address);
  if (outcome.kind === 'too-many') throw tooMany(reply, outcome.pause);
  if (outcome.kind === 'wrong') {
    throw new HttpError(403, 'that is not the code that the host has shown last, or it is too old');
  }
  if (password !== again) throw new InputError('the two passwords are not the same');
  letIn(request, reply, await access.createFirstAdmin(attemptOf(request, name, password)));
  firstRun.spend();
}

/** Shows the start page, or the form again with what was wrong. Defects are told as everywhere. */
async function answerForm(
  request: FastifyRequest<{ Body: Fields | undefined }>,
  reply: FastifyReply,
  form: (typed: TypedForm) => string,
  work: () => Promise<void>,
): Promise<FastifyReply> {
  try {
    await work();
  } catch (error) {
    const { status, detail } = problemOf(error, request.id);
    if (status === 500) throw error;
    return show(reply, status, form({ name: request.body?.['name'], problem: detail }));
  }
  return reply.redirect('/', 303);
}

function show(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(html);
}
