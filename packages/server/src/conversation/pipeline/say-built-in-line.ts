import { type BuiltInLine, builtInLine } from './built-in-lines.ts'
import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import type { Turn } from './turn.ts'

/** Says a line of our own in the agent's language, through the gate. False when a rule forbids it: then nothing was said. */
export async function sayBuiltInLine({ context, record, emit }: Turn, name: BuiltInLine): Promise<boolean> {
  const cleared = clearLine(context, record, builtInLine(name, context.language))
  for (const text of cleared) await sendText(context, record, text, emit)
  return cleared.length > 0
}
