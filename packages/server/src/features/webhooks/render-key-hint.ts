/** The last four characters that tell one key from another: the padding of base64 is the same in all of them. */
export function renderKeyHint(keyText: string): string {
  return keyText.replace(/=+$/, '').slice(-4)
}
