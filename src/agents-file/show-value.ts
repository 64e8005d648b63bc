export { printable, quote, showValue, withoutSecrets } from '../agents/show-value.ts';
