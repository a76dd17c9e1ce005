/** Whether this is an object of JSON: no list, not null. Its fields are read as own properties only. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
