import { itSurvivesKills } from './kill-hosts.ts';

itSurvivesKills('postgresql');
