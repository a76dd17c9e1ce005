/** When a person may be contacted, and how often (runtime-safety 2 and 5). Counsel decides; the presets say where they come from. */
import { z } from 'zod'
import {
  holidaySchema,
  policyLineSchema,
  policyNameSchema,
  policyTimeZoneSchema,
  weekHoursSchema,
} from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

export const contactChannels = ['voice', 'text'] as const
export type ContactChannel = (typeof contactChannels)[number]

export const contactClasses = ['ordinary', 'transactional', 'emergency'] as const
export type ContactClass = (typeof contactClasses)[number]

export const contactPresets = ['us-federal', 'us-florida', 'us-debt', 'ca', 'fr', 'uk'] as const
export type ContactPreset = (typeof contactPresets)[number]

/** Presets that bound the number of attempts, too. */
export const contactCapPresets = ['us-florida', 'us-debt', 'fr'] as const satisfies readonly ContactPreset[]
export type ContactCapPreset = (typeof contactCapPresets)[number]

const appliesTo = {
  channels: z.array(z.enum(contactChannels)).min(1).max(2).default(['voice', 'text']),
  classes: z.array(z.enum(contactClasses)).min(1).max(3).default(['ordinary']).meta({
    description: 'Classes it applies to. `emergency` is exempt unless it is named',
  }),
}

/**
 * One window. A contact is allowed within `hours` and not on a holiday; with a preset, within the hours of both. Rules of several
 * windows and layers hold together.
 */
export const sleepWindowSchema = strictFields({
  name: policyNameSchema,
  preset: z.enum(contactPresets).optional(),
  hours: z.array(weekHoursSchema).max(21).optional().meta({ description: 'When contact is allowed, in local time' }),
  holidays: z.array(holidaySchema).max(200).default([]).meta({ description: 'Days without any contact' }),
  time_zone: z
    .union([z.literal('user'), policyTimeZoneSchema])
    .default('user')
    .meta({ description: 'Whose clock counts: `user`, or a fixed zone' }),
  ...appliesTo,
  outbound: z.enum(['defer', 'deny']).default('defer'),
  inbound: z.enum(['allow', 'say', 'urgent_only', 'refuse']).default('allow').meta({
    description: 'What happens when a person contacts the agent outside the hours: `say` says the line and goes on',
  }),
  inbound_line: policyLineSchema.optional(),
  running: strictFields({
    wind_down_after_minutes: z.int().min(0).max(240),
    line: policyLineSchema,
  })
    .optional()
    .meta({
      description:
        'For a session that is still running when the hours end: says the line, and ends this many minutes later',
    }),
  loosen: strictFields({ reason: z.string().min(10).max(500), name: z.string().min(1).max(100) })
    .optional()
    .meta({ description: 'With it, `hours` replace the hours of the preset. Audited when published' }),
  floor: z.boolean().default(false),
})
  .superRefine((window, context) => {
    if (window.preset === undefined && window.hours === undefined && window.holidays.length === 0) {
      context.addIssue({ code: 'custom', path: ['hours'], message: 'expected hours, holidays or a preset' })
    }
    if ((window.inbound === 'say' || window.inbound === 'refuse') && window.inbound_line === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['inbound_line'],
        message: `expected the line that ${window.inbound} says`,
      })
    }
    if (window.loosen !== undefined && (window.preset === undefined || window.hours === undefined)) {
      const path = window.preset === undefined ? 'preset' : 'hours'
      context.addIssue({ code: 'custom', path: [path], message: 'expected a preset and the hours that take its place' })
    }
  })
  .meta({ id: 'PolicySleepWindow' })
export type SleepWindow = z.infer<typeof sleepWindowSchema>

export const contactCapSchema = strictFields({
  name: policyNameSchema,
  preset: z.enum(contactCapPresets).optional().meta({ description: 'Its limits apply beside those of this rule' }),
  per: z.enum(['user', 'number', 'subject']).default('user'),
  attempts: z.int().min(0).max(1000).optional(),
  window_hours: z.int().min(1).max(8760).optional(),
  after_talk_hours: z
    .int()
    .min(0)
    .max(8760)
    .optional()
    .meta({ description: 'No attempt for this long after a conversation took place' }),
  after_refusal_hours: z
    .int()
    .min(0)
    .max(8760)
    .optional()
    .meta({ description: 'No attempt for this long after a refusal' }),
  requires_consent: z
    .boolean()
    .default(false)
    .meta({ description: 'Only where consent was given and not withdrawn; this does not replace consent' }),
  ...appliesTo,
  floor: z.boolean().default(false),
})
  .superRefine((cap, context) => {
    const isEmpty =
      cap.preset === undefined &&
      cap.attempts === undefined &&
      cap.after_talk_hours === undefined &&
      cap.after_refusal_hours === undefined &&
      !cap.requires_consent
    if (isEmpty)
      context.addIssue({
        code: 'custom',
        path: ['attempts'],
        message: 'expected attempts and window_hours, or a preset',
      })
    if ((cap.attempts === undefined) !== (cap.window_hours === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['window_hours'],
        message: 'expected attempts and window_hours together',
      })
    }
  })
  .meta({ id: 'PolicyContactCap' })
export type ContactCap = z.infer<typeof contactCapSchema>
