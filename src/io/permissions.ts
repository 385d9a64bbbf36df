/**
 * Whether Deno has given a permission already. It is not asked for: what is optional must not make a question appear.
 *
 * @param permission The permission.
 * @returns Whether it is there.
 */
export function mayUse(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
