// Draws the conversation of the demo, as it really goes: node demo/picture.ts > docs/demo.svg
import { createPaint } from './paint.ts';
import { playScript } from './play-script.ts';
import { openStage } from './stage.ts';
import { terminalSvg } from './terminal-svg.ts';

const COLUMNS = 84;

const lines: string[] = [];
const stage = await openStage();
try {
  await playScript(stage, {
    write: (line) => lines.push(line),
    paint: createPaint(true),
    columns: COLUMNS,
    // Those that show the most in few lines.
    scenes: ['addressing', 'memory', 'everyone', 'socket'],
  });
} finally {
  await stage.close();
}
process.stdout.write(terminalSvg({ title: 'npm run demo', lines, columns: COLUMNS }), () => process.exit());
