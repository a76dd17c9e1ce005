/**
 * Scheme, host and port of an HTTP tool, as they stand before the first slash of its path: nothing is ever filled in there.
 * Undefined where that is no origin.
 */
export function readToolOrigin(url: string): string | undefined {
  const authority = /^https?:\/\/[^/?#\\@{}%\s]+(?=\/|$)/i.exec(url)?.[0]
  return authority !== undefined && URL.canParse(authority) ? new URL(authority).origin : undefined
}
