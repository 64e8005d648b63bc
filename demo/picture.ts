// Draws the conversation of the demo, as it really goes: node demo/picture.ts > docs/demo.svg
import { createPaint } from './paint.ts';
import { playScript } from './play-script.ts';
import { openStage } from './stage.ts';
import { terminalSvg } from './terminal-svg.ts';

const COLUMNS = 84;

const lines: string[] = [];
const stage = await openStage('Ada');
try {
  await playScript(stage, {
    write: (line) => lines.push(line),
    paint: createPaint(true),
    columns: COLUMNS,
    // Without the long cue sheet, which would take half of the picture.
    scenes: ['addressing', 'everyone', 'table', 'socket', 'bow'],
  });
} finally {
  await stage.close();
}
process.stdout.write(terminalSvg({ title: 'npm run demo', lines, columns: COLUMNS }), () => process.exit());
