/** A name may say what its value is: "password". */
export function maskNamed(name: string, value: string, mask: (text: string) => string): string {
  const head = `${name.split('/').at(-1) ?? name}: `
  const whole = mask(head + value)
  return whole.startsWith(head) ? whole.slice(head.length) : mask(value)
}
