/** What an {@link IncidentObserver} hears of an incident. */
export interface ObservedIncident {
  readonly id: string;
  /** The part that failed, such as `database` or `provider:openai`: never an agent's. */
  readonly component: string;
  readonly reason: string;
  readonly severity: string;
}

/** Hears of incidents as they begin, happen again and end. Must not throw. */
export type IncidentObserver = (incident: ObservedIncident, change: 'begun' | 'repeated' | 'ended') => void;
