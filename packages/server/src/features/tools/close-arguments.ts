type Schema = Readonly<Record<string, unknown>>

/** Who writes one of them says himself which other arguments there may be. */
const openers = ['additionalProperties', 'patternProperties', '$ref', 'allOf', 'anyOf', 'oneOf', 'if'] as const

/**
 * The schema by which arguments are checked, as a model is told it. What a tool does not name is refused unless it says otherwise:
 * a field that a model made up would go to somebody's system with their key. Without a schema there are no arguments.
 */
export function closeArguments(given: Schema = { type: 'object', properties: {} }): Schema {
  return openers.some((keyword) => Object.hasOwn(given, keyword)) ? given : { ...given, additionalProperties: false }
}
