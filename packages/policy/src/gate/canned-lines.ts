import type { PolicyDocument } from '@hyponema/contract'

/** A sentence that a rule has said, and where it stands. */
export interface CannedLine {
  readonly pointer: string
  readonly line: string
}

/** Every sentence of a document that may be said, of all sections. */
export function cannedLines(document: PolicyDocument): readonly CannedLine[] {
  const { no_go_zones: zones, escalation_rules: escalation, sleep_windows: windows, topic_cooldowns: topics } = document
  return [
    ...zones.flatMap(({ line }, index) => at(`/no_go_zones/${index}/line`, line)),
    ...escalation.flatMap(({ say, closed_say: closed, unanswered }, index) => [
      ...at(`/escalation_rules/${index}/say`, say),
      ...at(`/escalation_rules/${index}/closed_say`, closed),
      ...at(`/escalation_rules/${index}/unanswered/say`, unanswered.say),
    ]),
    ...windows.flatMap(({ inbound_line: inbound, running }, index) => [
      ...at(`/sleep_windows/${index}/inbound_line`, inbound),
      ...at(`/sleep_windows/${index}/running/line`, running?.line),
    ]),
    ...(document.fatigue?.thresholds ?? []).flatMap(({ line }, index) => at(`/fatigue/thresholds/${index}/line`, line)),
    ...(document.fatigue?.reminders ?? []).flatMap(({ line }, index) => at(`/fatigue/reminders/${index}/line`, line)),
    ...topics.flatMap(({ line }, index) => at(`/topic_cooldowns/${index}/line`, line)),
    ...at('/disclosure/line', document.disclosure?.line),
    ...at('/disclosure/opening', document.disclosure?.opening),
  ]
}

function at(pointer: string, line: string | undefined): readonly CannedLine[] {
  return line === undefined ? [] : [{ pointer, line }]
}
