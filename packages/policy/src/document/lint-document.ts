/**
 * Threat: a policy that looks strict and in which a rule never fires, or fires at everything.
 * Rule: what can be seen in the document alone is said where it stands, with what to write instead. Errors refuse; warnings are
 * told to whoever saves or checks.
 * On failure: compiling refuses what is wrong in itself (compile-policy.ts); this adds what is probably not meant.
 */
import type { PolicyDocument } from '@hyponema/contract'
import { windowHours } from '../contact/window-hours.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { nextWithin } from '../time/next-within.ts'
import type { ZoneTransitions } from '../time/zone-transitions.ts'
import type { PolicyLint } from './diagnostic.ts'
import { isEverydayWord } from './everyday-words.ts'
import { lintDeadPhrases } from './lint-dead-phrases.ts'

export interface LintOptions {
  /** Whether there is a time zone of this name; the engine has no database of zones. */
  readonly isKnownZone: (name: string) => boolean
}

/** What is wrong, or probably not meant, in one document. Errors first. */
export function lintDocument(document: PolicyDocument, options: LintOptions): readonly PolicyLint[] {
  const found = [
    ...lintZoneNames(document, options),
    ...lintPhrases(document),
    ...lintRegexes(document),
    ...lintWindows(document),
    ...lintDeadPhrases(document.no_go_zones),
    ...lintEscalation(document),
    ...lintTools(document),
  ]
  return [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity !== 'error'),
  ]
}

function lintZoneNames(document: PolicyDocument, { isKnownZone }: LintOptions): readonly PolicyLint[] {
  const named = [
    ...document.sleep_windows.map(({ time_zone: zone }, index) => ({
      zone,
      pointer: `/sleep_windows/${index}/time_zone`,
    })),
    ...document.escalation_rules.flatMap(({ hours }, index) =>
      hours === undefined ? [] : [{ zone: hours.time_zone, pointer: `/escalation_rules/${index}/hours/time_zone` }],
    ),
    ...document.tests.flatMap(({ given }, index) =>
      given.time_zone === undefined ? [] : [{ zone: given.time_zone, pointer: `/tests/${index}/given/time_zone` }],
    ),
  ]
  return named
    .filter(({ zone }) => zone !== 'user' && !isKnownZone(zone))
    .map(({ zone, pointer }) => ({
      severity: 'error',
      pointer,
      message: `there is no time zone ${zone}`,
      fix: 'use a name from the IANA time zone database, such as Europe/Paris',
    }))
}

/** Whose clock it is makes no difference: hours that never come in one zone come in none. */
const anyZone: ZoneTransitions = { name: 'Etc/UTC', transitions: [{ fromMs: 0, offsetMinutes: 0 }] }
const someDayMs = Date.UTC(2026, 0, 1)

function lintWindows({ sleep_windows: windows }: PolicyDocument): readonly PolicyLint[] {
  return windows.flatMap((window, index): readonly PolicyLint[] => {
    const hours = windowHours(window).map((open) => ({ ...open, zones: [anyZone] }))
    if (nextWithin(hours, someDayMs) !== null) return []
    const message = `the window ${window.name} never opens, so nobody is ever contacted`
    return [
      {
        severity: 'warning',
        pointer: `/sleep_windows/${index}`,
        message,
        fix: 'give it hours that overlap with those of its preset',
      },
    ]
  })
}

/** A phrase that is one everyday word stops every talk. */
function lintPhrases(document: PolicyDocument): readonly PolicyLint[] {
  const lists = [
    ...document.no_go_zones.map(({ phrases }, index) => ({ phrases, pointer: `/no_go_zones/${index}/phrases` })),
    ...document.topic_cooldowns.map(({ phrases }, index) => ({
      phrases,
      pointer: `/topic_cooldowns/${index}/phrases`,
    })),
    ...document.escalation_rules.map(({ triggers }, index) => ({
      phrases: triggers.phrases ?? [],
      pointer: `/escalation_rules/${index}/triggers/phrases`,
    })),
  ]
  return lists.flatMap(({ phrases, pointer }) =>
    phrases.flatMap((phrase, index): readonly PolicyLint[] => {
      const folded = foldForRecord(phrase)
      if (folded === '') {
        const message = 'the phrase has no letter or number in it, so it would never be found'
        return [{ severity: 'error', pointer: `${pointer}/${index}`, message, fix: 'write it in words' }]
      }
      if (!isEverydayWord(folded)) return []
      return [
        {
          severity: 'warning',
          pointer: `${pointer}/${index}`,
          message: `"${folded}" occurs in almost every sentence, so the rule fires all the time`,
          fix: 'add the words around it',
        },
      ]
    }),
  )
}

/** Any sign, blanks between words among them, as often as it likes. Not within a set, where a dot is a dot. */
const unbounded = /(?<!\\)(?:\\\\)*(?:\.|\[\^(?:\\[^sW]|[^\]\\ ])*\]|\\D)(?:[*+]|\{\d+,\})/u
const sets = /\[(?!\^)(?:\\.|[^\]\\])*\]/gu

/** Such a pattern takes what lies between two words that have nothing to do with each other. */
function lintRegexes({ no_go_zones: zones }: PolicyDocument): readonly PolicyLint[] {
  return zones.flatMap(({ regexes }, zone) =>
    regexes.flatMap((pattern, index): readonly PolicyLint[] => {
      const [found] = unbounded.exec(pattern.replaceAll(sets, 'x')) ?? []
      if (found === undefined) return []
      return [
        {
          severity: 'warning',
          pointer: `/no_go_zones/${zone}/regexes/${index}`,
          message: `the pattern has ${found}, which takes anything up to the end of the sentence`,
          fix: 'say how much may lie between, as .{0,30}',
        },
      ]
    }),
  )
}

function lintEscalation({ escalation_rules: rules }: PolicyDocument): readonly PolicyLint[] {
  return rules.flatMap(({ hours, closed_say: closed }, index) =>
    hours !== undefined || closed === undefined
      ? []
      : [
          {
            severity: 'warning' as const,
            pointer: `/escalation_rules/${index}/closed_say`,
            message: 'the rule has no `hours`, so it is never closed and this is never said',
            fix: 'give the rule `hours`, or remove the line',
          },
        ],
  )
}

/** Behind a rule that forbids a tool, one that allows it under conditions never comes to decide. */
function lintTools({ tool_rules: rules }: PolicyDocument): readonly PolicyLint[] {
  const forbidden = new Set(rules.flatMap(({ allow, tools, after }) => (allow || after.length > 0 ? [] : tools)))
  return rules.flatMap(({ allow, tools }, index): readonly PolicyLint[] => {
    const isDead = allow && (forbidden.has('*') || tools.every((tool) => forbidden.has(tool)))
    if (!isDead) return []
    const message = `another rule forbids every call of ${tools.join(', ')}, so this one decides nothing`
    return [{ severity: 'warning', pointer: `/tool_rules/${index}`, message, fix: 'remove one of the two' }]
  })
}
