/** Behind `--help` of the whole command. */
export const HELP = `
Examples:
  npm run agents                            menus: make an agent, look after those there are
  npm run agents -- list                    every agent, its state and why
  npm run -s agents -- list --json          the same for programs (-s: npm prints no banner)
  npm run agents -- create Parrot --type echo --token-env PARROT_TOKEN
  npm run agents -- test Parrot --message "Hello"
  npm run agents -- create --help           more about one command

A host that is running picks changes up at its next poll. Many agents at once, or agents kept in a file:
npm run agents:load -- FILE.

Exit codes: 0 done; 1 refused, failed or found wrong; 2 wrong usage; 78 a wrong setting.
`;

const SECRETS = `
Tokens and keys are never taken from the command line, which others can read: they come from a variable (also of
.env), a file or standard input, and are stored encrypted. --api-key-env stores only the variable's name.

--set KEY=VALUE takes any key of an agents file, with dots between: config.temperature=0.5. A value is read as YAML
is: numbers, true, [1, 2], {from: 256, until: 4096, increment: 256}; anything else is text as it stands.

The token is checked with Discord and the model with a tiny call. What is wrong is refused (unless --force); what
cannot be reached is a warning.
`;

/** Behind `--help` of `create` and `duplicate`. */
export const CREATE_HELP = `${SECRETS}
Examples:
  npm run agents -- create Parrot --type echo --prefix "🦜 " --token-env PARROT_TOKEN
  npm run agents -- create Sage --type llm --provider anthropic --system-prompt-file sage.txt --token-stdin < token
  npm run agents -- create Local --type llm --provider openai-compatible --base-url http://localhost:11434/v1 --model llama3.2
  npm run agents -- duplicate Sage Sage2 --set config.temperature=1
`;

/** Behind `--help` of `edit`. */
export const EDIT_HELP = `${SECRETS}
What is not named stays as it is. With another type, the config begins anew. A list, such as --guild, replaces the
one before; --unset guild_whitelist empties it.

Examples:
  npm run agents -- edit Parrot --prefix "squawk: " --no-respond-to-dm
  npm run agents -- edit Sage --set 'config.tokens_range={from: 256, until: 4096, increment: 256}' --unset config.max_tokens
  npm run agents -- edit Sage --name Wizard --token-file wizard.token
`;

/** Behind `--help` of `delete`. */
export const DELETE_HELP = `
What an agent remembers of its users goes with it. What is printed makes the agent again, but for its token, its keys
and its memory.

Examples:
  npm run agents -- delete Parrot
  npm run -s agents -- delete Parrot Sage --yes --json > deleted.json
`;

/** Behind `--help` of `test`. */
export const TEST_HELP = `
Looks at the settings, the token, the switches and permissions of the application, and the model. With --message the
agent answers once, with its model and its guard: nothing is remembered, what it costs is booked.

Examples:
  npm run agents -- test Sage
  npm run agents -- test Sage --message "Who are you?"

Exit codes: 0 it can answer; 1 something is wrong; 2 wrong usage; 78 a wrong setting.
`;
