/**
 * Puts values into the places of a line: `{{name}}` and `{{result.field}}`. One pass: a value that itself contains braces is
 * data and is not filled again. A name without a value stays as it is.
 */
export function fillTemplate(line: string, values: ReadonlyMap<string, string>): string {
  return line.replaceAll(
    /\{\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}\}/g,
    (place, name: string) => values.get(name) ?? place,
  )
}
