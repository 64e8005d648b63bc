/** The runtime settings in the database: they win over the environment, and a running host takes them over. */
export interface SettingsStore {
  /** Their texts by name, as they were last read or written here; nothing says that they are right. */
  readonly values: ReadonlyMap<string, string>;
  /** Reads them again. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** Stores the text of one; whoever calls has checked it. */
  set(name: string, text: string): Promise<void>;
  /** Takes one away. Returns whether it was there. */
  unset(name: string): Promise<boolean>;
}
