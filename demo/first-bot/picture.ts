// npm run docs:first-bot: draws the making of a bot, as it really goes, into docs/first-bot.svg.
import { writeFileSync } from 'node:fs';
import { drawFirstBot } from './draw-first-bot.ts';

writeFileSync('docs/first-bot.svg', await drawFirstBot());
// Idle keep-alive sockets must not hold the process.
process.exit();
