import type { PolicyDocument } from '@hyponema/contract'

/**
 * The document with another line at this place, one of those of `cannedLines`. Undefined: none. Where a rule must have one, it is
 * blank then, which no document that was parsed has, and nothing is said.
 */
export function replaceLine(document: PolicyDocument, pointer: string, line: string | undefined): PolicyDocument {
  const here = (place: string): boolean => place === pointer
  const optional = <Key extends string>(place: string, key: Key): { readonly [Name in Key]?: string | undefined } => {
    const changed: { [Name in Key]?: string | undefined } = {}
    if (here(place)) changed[key] = line
    return changed
  }
  const { fatigue, disclosure } = document
  return {
    ...document,
    no_go_zones: document.no_go_zones.map((zone, index) => ({
      ...zone,
      ...optional(`/no_go_zones/${index}/line`, 'line'),
    })),
    escalation_rules: document.escalation_rules.map((rule, index) => ({
      ...rule,
      ...optional(`/escalation_rules/${index}/say`, 'say'),
      ...optional(`/escalation_rules/${index}/closed_say`, 'closed_say'),
      unanswered: { ...rule.unanswered, ...optional(`/escalation_rules/${index}/unanswered/say`, 'say') },
    })),
    sleep_windows: document.sleep_windows.map((window, index) => ({
      ...window,
      ...optional(`/sleep_windows/${index}/inbound_line`, 'inbound_line'),
      ...(window.running !== undefined && here(`/sleep_windows/${index}/running/line`)
        ? { running: { ...window.running, line: line ?? '' } }
        : {}),
    })),
    topic_cooldowns: document.topic_cooldowns.map((topic, index) =>
      here(`/topic_cooldowns/${index}/line`) ? { ...topic, line: line ?? '' } : topic,
    ),
    ...(fatigue === undefined
      ? {}
      : {
          fatigue: {
            ...fatigue,
            thresholds: fatigue.thresholds.map((threshold, index) => ({
              ...threshold,
              ...optional(`/fatigue/thresholds/${index}/line`, 'line'),
            })),
            reminders: fatigue.reminders.map((reminder, index) =>
              here(`/fatigue/reminders/${index}/line`) ? { ...reminder, line: line ?? '' } : reminder,
            ),
          },
        }),
    ...(disclosure === undefined
      ? {}
      : {
          disclosure: {
            ...disclosure,
            ...(here('/disclosure/line') ? { line: line ?? '' } : {}),
            ...optional('/disclosure/opening', 'opening'),
          },
        }),
  }
}
