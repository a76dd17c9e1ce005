/** No tool that a voice agent fills in from speech needs more. */
const maxArgumentsBytes = 8 * 1024

export type ReadArguments =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string }

/** The arguments of a call as the model wrote them; whether a tool takes them is not known yet. */
export function readArguments(json: string): ReadArguments {
  if (Buffer.byteLength(json, 'utf8') > maxArgumentsBytes) return { ok: false, error: 'The arguments are too long.' }
  try {
    return { ok: true, value: JSON.parse(json === '' ? '{}' : json) }
  } catch {
    return { ok: false, error: 'The arguments are not JSON.' }
  }
}
