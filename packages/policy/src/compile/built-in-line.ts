import { fatigueLine } from '../fatigue/fatigue-lines.ts'

/**
 * What is said where a policy's own line cannot be, by its place in the document; undefined where its stage has words of its own in
 * every language. In English, because a document does not say in which language its lines are.
 */
export function builtInLine(pointer: string): string | undefined {
  if (pointer.startsWith('/escalation_rules/') || pointer.startsWith('/fatigue/thresholds/')) return undefined
  if (pointer.startsWith('/disclosure/')) return 'I am an AI.'
  if (pointer.startsWith('/fatigue/reminders/')) return fatigueLine('suggest_break', undefined)
  if (pointer.endsWith('/running/line')) return fatigueLine('wind_down', undefined)
  if (pointer.endsWith('/inbound_line')) return 'It is outside the hours of this service.'
  return 'Let us talk about something else.'
}
