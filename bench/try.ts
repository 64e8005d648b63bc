import { visit } from './visit.ts';
const [bots = '50', layout = 'own', secs = '3', rates = '20,100,500', progs = 'troupe,core,raw'] = process.argv.slice(2);
for (const program of progs.split(',') as ('troupe')[]) console.log(await visit({ program, bots: Number(bots), layout: layout as 'own', rates: rates === '' ? [] : rates.split(',').map(Number), seconds: Number(secs) }));
