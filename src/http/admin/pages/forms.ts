import { escapeHtml, page, wrongness } from './html.ts';

/** What somebody typed before, and what was wrong with it. Passwords and codes are typed again. */
export interface TypedForm {
  readonly name?: string | undefined;
  readonly problem?: string | undefined;
}

/** Where the first admin is made. */
export function firstRunPage({ name = '', problem }: TypedForm = {}): string {
  return page(
    'Make the first admin',
    `<p>Nobody can log in yet. The host has written a code to its console and its log: whoever can read that may make the first admin.</p>
${wrongness(problem)}
<form method="post" action="/first-run">
<label for="code">Code</label>
<input class="code" id="code" name="code" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" aria-describedby="code-hint">
<p class="hint" id="code-hint">Ten letters and digits, such as K7MPX-4QRWT. It is good for half an hour; reload this page for a new one.</p>
<label for="name">Your name</label>
<input id="name" name="name" required autocomplete="username" maxlength="80" value="${escapeHtml(name)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="new-password" minlength="12" maxlength="1024" aria-describedby="password-hint">
<p class="hint" id="password-hint">12 characters or more. A few words are easier to remember than signs.</p>
<label for="again">Password, once more</label>
<input id="again" name="again" type="password" required autocomplete="new-password" maxlength="1024">
<button type="submit">Make me the admin</button>
</form>`,
  );
}

/** Where people log in. */
export function loginPage({ name = '', problem }: TypedForm = {}): string {
  return page(
    'Log in',
    `${wrongness(problem)}
<form method="post" action="/login">
<label for="name">Name</label>
<input id="name" name="name" required autofocus autocomplete="username" maxlength="80" value="${escapeHtml(name)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password" maxlength="1024">
<button type="submit">Log in</button>
</form>`,
  );
}

/** What those see who are logged in. */
export function homePage({
  name,
  role,
  csrfToken,
}: {
  readonly name: string;
  readonly role: string;
  readonly csrfToken: string;
}): string {
  return page(
    'Logged in',
    `<p>You are <strong>${escapeHtml(name)}</strong>, ${escapeHtml(role)}. What the API can do is described at <a href="/api/docs">/api/docs</a>.</p>
<form method="post" action="/logout">
<input type="hidden" name="csrf_token" value="${escapeHtml(csrfToken)}">
<button type="submit">Log out</button>
</form>`,
  );
}
