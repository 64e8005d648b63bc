/** Hears how bots come onto the gateway. Must not throw. */
export interface GatewayObserver {
  /** A bot spends an IDENTIFY. */
  identified(agentId: string): void;
  /** A bot has resumed its session. */
  resumed(agentId: string): void;
  /** A bot's connection was lost, or did not come about, and is tried again. */
  reconnects(agentId: string): void;
}
