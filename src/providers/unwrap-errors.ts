/**
 * A `fetch` whose errors all have OpenAI's shape. Gemini puts each into a list (`[{ "error": … }]`), which the SDK
 * takes for an error without a word.
 */
export function unwrapErrors(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.ok) return response;
    const text = await response.text();
    const { status, statusText, headers } = response;
    const plain = new Headers(headers);
    // They are of the body as it came.
    plain.delete('content-encoding');
    plain.delete('content-length');
    return new Response(text === '' ? null : unwrapped(text), { status, statusText, headers: plain });
  };
}

function unwrapped(text: string): string {
  if (!text.trimStart().startsWith('[')) return text;
  try {
    const list = JSON.parse(text) as unknown[];
    return list.length === 0 ? text : JSON.stringify(list[0]);
  } catch {
    return text;
  }
}
