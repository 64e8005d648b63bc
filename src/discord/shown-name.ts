/** The name of a user that is shown in a place: nickname, display name or username. */
export function shownName(
  user: { readonly username: string; readonly global_name?: string | null },
  member?: { readonly nick?: string | null },
): string {
  return member?.nick ?? user.global_name ?? user.username;
}
