/** Stands for a value that is encrypted. The value itself is never taken up. */
export class Vaulted {
  readonly isVaulted = true;
}

export const vaulted = new Vaulted();

/** True where some part of the value is encrypted. */
export function holdsVault(value: unknown): boolean {
  if (value instanceof Vaulted) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsVault);
}

/** A file that is encrypted as a whole. */
export function isVaultText(text: string): boolean {
  return text.startsWith("$ANSIBLE_VAULT");
}
