/** Four of eight characters would be half of the secret; of 16 they leave twelve unknown. */
const shortestWithHint = 16

/** By which a secret is told from others: its last four characters, or none where they would give too much of it away. */
export function readHint(secret: string): string {
  return secret.length < shortestWithHint ? '' : secret.slice(-4)
}
