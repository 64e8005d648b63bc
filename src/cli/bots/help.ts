/** What `npm run bots -- --help` says below its list. */
export const HELP = `
A command is kept in the database and done by the host that runs the bot: at once on PostgreSQL, within a second on
SQLite and MySQL. Where no host runs, it is kept until one does (or until it expires, see --expires); "pause", "resume"
and "presence" are in force from when they are given, and stay so over restarts.

Examples:
  npm run bots -- list
  npm run bots -- restart Parrot Helper             connect anew, in the same session
  npm run bots -- pause --all                       all stay connected and answer nobody
  npm run bots -- say Parrot --channel 123456789012345678 "Maintenance at noon."
  npm run bots -- say Parrot --channel 123456789012345678 --expires 10m - < notice.txt
  npm run bots -- presence Parrot --status idle --activity "watching the stars"
  npm run bots -- presence Parrot --clear
  npm run bots -- commands --state failed           what did not succeed, and why
  npm run -s bots -- list --json                    for programs

A text may have up to 10,000 characters, and is posted in pieces as answers are; nothing in it pings anybody. It is
posted once, also when the host dies meanwhile. To a paused bot messages are on record as ignored ("paused"), and what
was written meanwhile is not answered later. Commands that are over are kept for 14 days.

Exit codes: 0 done, or kept; 1 failed, expired or refused; 2 wrong usage; 78 a wrong setting.
`;
