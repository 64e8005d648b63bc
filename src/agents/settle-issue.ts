import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * An issue without unions: what is wrong by the alternative that was probably meant.
 *
 * That is the one that fits best among those whose kind of value it is. Where it is none's kind, the issue stays
 * a union's, unless each is a list of words: then it is as if these were one list.
 */
export function settleIssue(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const { errors, path, message } = issue;
  // Of alternatives that one key tells apart, it is that key's value that is none of them.
  if ('options' in issue && Array.isArray(issue.options)) {
    return [{ code: 'invalid_value', values: issue.options, path, message }];
  }
  const best = errors.filter((found) => !found.some(isMiss)).toSorted((a, b) => a.length - b.length)[0];
  if (best !== undefined) {
    return best.flatMap((inner) => settleIssue({ ...inner, path: [...path, ...inner.path] }));
  }
  const words = errors.flat().flatMap((inner) => (inner.code === 'invalid_value' ? inner.values : []));
  const onlyWords = errors.flat().every(({ code }) => code === 'invalid_value');
  return [onlyWords && words.length > 0 ? { code: 'invalid_value', values: words, path, message } : issue];
}

/** Whether it says that the value as a whole is another kind of thing. */
function isMiss({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}
