import type { FastifyInstance } from 'fastify';

/**
 * Watches which methods there are.
 *
 * @returns those of a path, `OPTIONS` among them; none: there is no such path
 */
export function watchMethods(app: FastifyInstance): (path: string) => string[] {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    const methods = known.get(url) ?? new Set();
    known.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return (path) => {
    const found = [...known]
      .filter(([url]) => patternOf(url).test(path))
      .flatMap(([, methods]) => [...methods]);
    return found.length === 0 ? [] : [...new Set([...found, 'OPTIONS'])].toSorted();
  };
}

/** `/api/agents/:id` as a pattern. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replaceAll(/[^\w-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('/')}$`);
}
