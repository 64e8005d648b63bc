/** A text as it may stand in a page, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * A page without scripts and inline styles.
 *
 * @param body - HTML
 */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} – Troupe</title>
<link rel="stylesheet" href="/assets/admin.css">
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** What went wrong, read out at once by a screen reader; nothing when nothing did. */
export function wrongness(problem: string | undefined): string {
  return problem === undefined ? '' : `<p class="wrong" role="alert">${escapeHtml(sentence(problem))}</p>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
