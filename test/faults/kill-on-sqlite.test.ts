import { itSurvivesKills } from './kill-hosts.ts';

itSurvivesKills('sqlite');
