/**
 * Threat: people are called at night or again and again because somebody remembered a law wrongly.
 * Rule: hours and numbers of a preset stand here once, each with the source to ask and the day on which they were compared with what
 * others write of it. Nobody who knows the law has reviewed them. A policy can only add to them, or say why it does not keep the hours.
 * On failure: a preset that nobody knows does not compile.
 */
import type { ContactCap, ContactCapPreset, ContactPreset, WeekDay, WeekHours } from '@hyponema/contract'
import type { OpenHours } from '../time/open-hours.ts'
import { frenchHolidays } from './french-holidays.ts'

export type PresetCap = Pick<
  ContactCap,
  'per' | 'attempts' | 'window_hours' | 'after_talk_hours' | 'after_refusal_hours'
>

export interface Preset {
  readonly hours: OpenHours
  readonly caps: readonly PresetCap[]
  readonly source: string
  readonly url: string
  /** The day on which the numbers were last compared with secondary sources. No legal review, and not the text of the law. */
  readonly compared: string
  /** What it does not cover. */
  readonly note: string
}

const workDays: readonly WeekDay[] = ['mon', 'tue', 'wed', 'thu', 'fri']
const weekend: readonly WeekDay[] = ['sat', 'sun']
const daily = (from: string, to: string): readonly WeekHours[] => [{ days: [...workDays, ...weekend], from, to }]
const compared = '2026-11-30'

/** Counsel decides: these are numbers to begin with, no advice and no legal review. */
export const presets = {
  'us-federal': {
    hours: { hours: daily('08:00', '21:00') },
    caps: [],
    source: '47 CFR 64.1200(c)(1); 16 CFR 310.4(c)',
    url: 'https://www.ecfr.gov/current/title-47/section-64.1200',
    compared,
    note: 'Telephone solicitation, local time of the called person. States are stricter; consent and the do-not-call registry are not in it.',
  },
  'us-florida': {
    hours: { hours: daily('08:00', '20:00') },
    caps: [{ per: 'subject', attempts: 3, window_hours: 24 }],
    source: 'Florida Statutes 501.616(6)',
    url: 'http://www.leg.state.fl.us/statutes/index.cfm?App_mode=Display_Statute&URL=0500-0599/0501/Sections/0501.616.html',
    compared,
    note: 'Commercial solicitation calls on the same subject, whatever number calls.',
  },
  'us-debt': {
    hours: { hours: daily('08:00', '21:00') },
    caps: [{ per: 'subject', attempts: 7, window_hours: 7 * 24, after_talk_hours: 7 * 24 }],
    source: '12 CFR 1006.14(b)(2); hours 12 CFR 1006.6(b)(1)',
    url: 'https://www.ecfr.gov/current/title-12/part-1006/section-1006.14',
    compared,
    note: 'Calls of a debt collector per debt (name the debt as subject). A time or place that the person calls inconvenient is not in it.',
  },
  ca: {
    hours: {
      hours: [
        { days: [...workDays], from: '09:00', to: '21:30' },
        { days: [...weekend], from: '10:00', to: '18:00' },
      ],
    },
    caps: [],
    source: 'CRTC Unsolicited Telecommunications Rules, Telemarketing Rules: calling hours',
    url: 'https://crtc.gc.ca/eng/trules-reglest.htm',
    compared,
    note: 'Telemarketing; a province with hours of its own goes before.',
  },
  fr: {
    hours: {
      hours: [
        { days: [...workDays], from: '10:00', to: '13:00' },
        { days: [...workDays], from: '14:00', to: '20:00' },
      ],
      holidays: frenchHolidays,
    },
    caps: [{ per: 'user', attempts: 4, window_hours: 30 * 24, after_refusal_hours: 60 * 24 }],
    source: 'Code de la consommation, D223-9 (décret n° 2022-1313)',
    url: 'https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000046421823',
    compared,
    note: 'Since 11 August 2026 a call needs consent beforehand (loi n° 2025-594): add `requires_consent: true`. Days count as 24 hours here, not by the calendar. Holidays of Alsace-Moselle and overseas are not in it.',
  },
  uk: {
    hours: { hours: daily('09:00', '20:00') },
    caps: [],
    source: 'No statute names hours; a cautious reading of codes of practice under PECR 2003',
    url: 'https://ico.org.uk/for-organisations/direct-marketing-and-privacy-and-electronic-communications/',
    compared,
    note: 'The telephone preference service is not in it.',
  },
} as const satisfies Record<ContactPreset, Preset> & Record<ContactCapPreset, { readonly caps: readonly [PresetCap] }>

export function presetOf(name: ContactPreset): Preset {
  return presets[name]
}
