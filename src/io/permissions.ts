/**
 * Whether Deno has already been granted a permission. Does not prompt: an optional feature must not ask the user.
 *
 * @param permission The permission.
 * @returns Whether it is granted.
 */
export function mayUse(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
