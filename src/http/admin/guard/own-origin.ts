/** What a browser says of where a request came from; other programs say nothing. */
export interface OriginFacts {
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` */
  readonly fetchSite: string | undefined;
  readonly host: string | undefined;
  /** Whether it came by https, as far as that is known. */
  readonly isSecure: boolean;
}

/**
 * Why a request that would change something is refused because of the page that sent it; undefined when it is not. A page
 * cannot lie about either header.
 *
 * @param allowed - origins besides its own
 */
export function foreignOrigin(
  { origin: told, fetchSite, host, isSecure }: OriginFacts,
  allowed: readonly string[],
): string | undefined {
  // A form of a page whose address is told to nobody has no origin: what the browser says besides that has to do.
  const origin = told === 'null' && fetchSite === 'same-origin' ? undefined : told;
  const own = `${isSecure ? 'https' : 'http'}://${host ?? ''}`.toLowerCase();
  const isKnown =
    origin !== undefined && (origin.toLowerCase() === own || allowed.includes(origin.toLowerCase()));
  if (origin !== undefined && !isKnown) {
    return `it came from a page of ${JSON.stringify(origin.slice(0, 200))}, and this is ${own}. If that is the same behind a proxy, set HTTP_TRUSTED_PROXIES, or HTTP_ALLOWED_ORIGINS`;
  }
  if (isKnown || fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none')
    return undefined;
  return 'it came from a page of another site';
}
