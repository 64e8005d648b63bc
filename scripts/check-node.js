// Ends the process with a message when it runs on an older Node than the project brings: `node --import` runs this
// before the TypeScript sources, which an older Node cannot read. It happens when npm did not run the install script
// of the package "node".
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Troupe needs Node ${NEEDED}, which \`npm ci\` installs; this is ${process.versions.node} (${process.execPath}).\n` +
      'Run `npm rebuild node`, then try again. If that does not help, install Node 24 or newer yourself.\n',
  );
  process.exit(78);
}
