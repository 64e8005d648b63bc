import { type Finding, ok, warning, wrong } from './finding.ts';

/** What the program runs on, as `process` tells. */
export interface System {
  /** Such as `24.21.0`. */
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
}

/** The Node that the install brings. */
const NODE = 24;

const PLATFORMS = ['linux', 'darwin', 'win32'];

/** Whether Troupe runs on this Node and this platform. */
export function checkSystem({ nodeVersion, platform, arch }: System): Finding[] {
  return [checkNode(nodeVersion), checkPlatform(platform, arch)];
}

function checkNode(version: string): Finding {
  const major = Number.parseInt(version, 10);
  if (major === NODE) return ok('Node.js', version);
  const message = `${version}, where ${NODE}.x is expected`;
  const remedy =
    'Run everything through npm, which uses the Node that `npm ci` installs; or `npm rebuild node`.';
  return major < NODE ? wrong('Node.js', message, remedy) : warning('Node.js', message, remedy);
}

function checkPlatform(platform: string, arch: string): Finding {
  const message = `${platform} ${arch}`;
  return PLATFORMS.includes(platform)
    ? ok('platform', message)
    : warning('platform', `${message} is not one that Troupe is made for`, 'Use Linux, macOS or Windows.');
}
