/** Whether browsers keep a `Secure` cookie of this origin, and the prefixes that want one: https, and loopback, which they treat alike. */
export function takesSecureCookies(origin: string): boolean {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'https:' || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
