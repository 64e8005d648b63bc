import type { AdminUserWithPassword } from '../../access/admin-user-store.ts';
import { quote } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import type { OpenAdminUsers } from './open-admin-users.ts';

/** @throws {InputError} when there is nobody of that name */
export async function knownUser(
  name: string,
  { adminUsers }: Pick<OpenAdminUsers, 'adminUsers'>,
): Promise<AdminUserWithPassword> {
  const user = await adminUsers.find(name);
  if (user !== undefined) return user;
  throw new InputError(`there is nobody of the name ${quote(name)}`, {
    remedy: 'npm run admin -- list shows who there is.',
  });
}
