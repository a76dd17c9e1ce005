import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  argumentKinds,
  builtInTools,
  endReasons,
  errorCatalogue,
  eventCatalogue,
  eventTypes,
  fatigueResponses,
  fatigueSignals,
  permissions,
  piiDirections,
  piiKinds,
  policyDocumentSchema,
  policyReportSchema,
  type Role,
  roles,
  sessionEventSchemas,
  spanDetailSchemas,
  spanKinds,
  systemVariableNames,
  toolRuleSchema,
  topicCooldownReasons,
  workspaceLimitSizes,
} from '@hyponema/contract'
import { presets } from '@hyponema/policy'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { builtInRules } from '../../packages/policy/src/compile/built-in-rules.ts'
import { defaultFatigueWeights } from '../../packages/policy/src/fatigue/fatigue-score.ts'
import { webhookVerificationCodes } from '../../packages/sdk/src/webhook-verification-error.ts'
import { createSessionTools } from '../../packages/server/src/conversation/tools/create-session-tools.ts'
import { toolSentences } from '../../packages/server/src/conversation/tools/tool-sentences.ts'
import { edgeBudgets } from '../../packages/server/src/kernel/edge-budgets.ts'
import { readPage, root } from './pages.ts'
import { presetRow } from './preset-row.ts'
import { tableHeader, tableRows } from './table-rows.ts'

const api = readPage('docs/api.md').text

describe('docs/permissions.md', () => {
  const text = readPage('docs/permissions.md').text
  const keys = { ordinary: 'yes', sensitive: 'by name only', never: 'never' } as const

  it('has the roles in the order of the code', () => {
    expect(tableHeader(text, 'permission')).toEqual(['permission', ...roles, 'API key'])
  })

  it('says of every permission who has it', () => {
    const matrix = Object.entries(permissions).map(([name, grant]) => {
      const granted: readonly Role[] = grant.roles
      return [name, ...roles.map((role) => (granted.includes(role) ? 'yes' : '–')), keys[grant.key]]
    })
    expect(tableRows(text, 'permission')).toEqual(matrix)
  })
})

describe('docs/tool-rules.md', () => {
  const { text } = readPage('docs/tool-rules.md')
  const names = (header: string) => tableRows(text, header).map(([name = '']) => name)

  it('has every field of a rule, and no other', () => {
    expect(names('field').toSorted()).toEqual(Object.keys(toolRuleSchema.shape).toSorted())
  })

  it('has every kind of argument, in the order of the code', () => {
    expect(names('kind')).toEqual(argumentKinds)
  })

  it('says of every built-in tool whether it has effects', () => {
    const tools = createSessionTools(builtInTools)
    const withEffects = builtInTools.filter((name) => tools.find(name)?.hasEffects === true)
    expect(withEffects.map((name) => [name, 'yes'])).toEqual(tableRows(text, 'tool').slice(0, 1))
  })
})

describe('docs/tools.md', () => {
  it('has every reason for which a tool fails, with its sentence', () => {
    expect(tableRows(readPage('docs/tools.md').text, 'reason')).toEqual(Object.entries(toolSentences))
  })
})

describe('docs/api.md', () => {
  it('has every code of the catalogue as it is', () => {
    const catalogue = Object.entries(errorCatalogue).map(([code, { status, retryable, title }]) => [
      code,
      String(status),
      retryable ? 'yes' : 'no',
      title,
    ])
    expect(tableRows(api, 'code')).toEqual(catalogue)
  })

  it('has every reason for the end of a session', () => {
    expect(tableRows(api, 'end_reason').map(([reason]) => reason)).toEqual(endReasons)
  })

  it('has every event of a session with its fields', () => {
    const sent = Object.entries(sessionEventSchemas).map(([name, schema]) => [
      name,
      Object.keys(schema.shape).join(', '),
    ])
    const named = tableRows(api, 'event').map(([name, fields = '']) => [name, fields.replaceAll('`', '')])
    expect(named).toEqual(sent)
  })
})

describe('docs/traces.md', () => {
  const text = readPage('docs/traces.md').text

  it('says of every kind of span what it says', () => {
    const kinds = tableRows(text, 'kind')
    expect(new Set(kinds.map(([kind]) => kind))).toEqual(new Set(spanKinds))
    for (const [kind, , says = ''] of kinds) {
      const named = new Set([...says.matchAll(/`(\w+)`/g)].map(([, name]) => name))
      const fields = Object.entries(spanDetailSchemas).find(([name]) => name === kind)?.[1].shape ?? {}
      expect([kind, Object.keys(fields).filter((field) => !named.has(field))]).toEqual([kind, []])
    }
  })
})

describe('docs/fatigue.md', () => {
  const text = readPage('docs/fatigue.md').text

  it('has every signal with its weight', () => {
    expect(tableRows(text, 'signal').map((cells) => cells.slice(0, 2))).toEqual(
      fatigueSignals.map((signal) => [signal, String(defaultFatigueWeights[signal])]),
    )
  })

  it('has every response, from the mildest to the strongest', () => {
    expect(tableRows(text, 'response').map(([response]) => response)).toEqual([...fatigueResponses])
  })
})

describe('docs/topic-cooldowns.md', () => {
  it('has every reason for which a topic rests', () => {
    const named = tableRows(readPage('docs/topic-cooldowns.md').text, 'reason').map(([reason]) => reason)
    expect(new Set(named)).toEqual(new Set(topicCooldownReasons))
  })
})

describe('docs/variables.md', () => {
  it('has the catalogue of the system as it is', () => {
    const listed = tableRows(readPage('docs/variables.md').text, 'system variable').map(([name]) => name)
    expect(listed).toEqual([...systemVariableNames])
  })
})

describe('docs/webhooks.md', () => {
  const text = readPage('docs/webhooks.md').text

  it('has every type of event, when it is sent and what it says', () => {
    const sent = eventTypes.map((type) => {
      const { when, data } = eventCatalogue[type]
      return [type, when, Object.keys(data.shape).join(', ')]
    })
    const named = tableRows(text, 'event type').map(([type, when, data = '']) => [type, when, data.replaceAll('`', '')])
    expect(named).toEqual(sent)
  })

  it('says which of them nothing records yet', () => {
    const sources = readdirSync(join(root, 'packages/server/src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('.test.'))
      .map((path) => readFileSync(join(root, 'packages/server/src', path), 'utf8'))
      .join('\n')
    const [sentence = ''] = /^No feature of this version records .*$/m.exec(text) ?? []
    const named = [...sentence.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => type)
    // Actions of the audit log have names of the same form, so the word `type` has to stand before it.
    const isRecorded = (type: string) => new RegExp(`\\btype\\b[^\\n]*'${type.replace('.', '\\.')}'`).test(sources)
    expect(named).toEqual(eventTypes.filter((type) => !isRecorded(type)))
  })

  it('has every code of the SDK', () => {
    expect(tableRows(text, 'code of the SDK').map(([code]) => code)).toEqual(webhookVerificationCodes)
  })
})

describe('docs/policy.md', () => {
  it('names every section of a document', () => {
    const text = readPage('docs/policy.md').text
    const sections = Object.keys(policyDocumentSchema.shape)
    expect(sections.filter((section) => !text.includes(`\`${section}\``))).toEqual([])
  })

  it.each(Object.keys(policyDocumentSchema.shape))('says what every field of a section means: %s', (section) => {
    const { text } = readPage('docs/policy.md')
    const header = section === 'no_go_zones' ? 'field' : `field of \`${section}\``
    const rows = tableRows(text, header)
    const named = rows.flatMap(([first = '', ...others]) => [
      first,
      ...others.flatMap((cell) => cell.match(/[\w-]+/g) ?? []),
    ])
    const said = new Set(named)
    const schema: unknown = z.toJSONSchema(policyDocumentSchema, { io: 'input' })
    // What a case gives has a table of its own, by stages.
    const given =
      section === 'tests' ? tableRows(text, 'stage').flatMap((cells) => cells.join(' ').match(/\w+/g) ?? []) : []
    const fields = fieldsBelow(schema, ['$defs', 'PolicyDocument', 'properties', section])
    expect(fields.length).toBeGreaterThan(1)
    expect(fields.filter((field) => !said.has(field) && !given.includes(field))).toEqual([])
  })
})

describe('docs/pii.md', () => {
  const text = readPage('docs/pii.md').text

  it('has every kind and every direction', () => {
    expect(tableRows(text, 'kind of data').map(([kind]) => kind)).toEqual([...piiKinds])
    expect(tableRows(text, 'direction').map(([direction]) => direction)).toEqual([...piiDirections])
  })
})

describe('docs/example-zones.md', () => {
  it('has every field of what a save shows', () => {
    const fields = tableRows(readPage('docs/example-zones.md').text, 'field').map(([field]) => field)
    expect(fields).toEqual(Object.keys(policyReportSchema.shape.zones.element.shape))
  })
})

describe('docs/disclosure.md', () => {
  it('names the rules that a disclosure brings along', () => {
    const rules = tableRows(readPage('docs/disclosure.md').text, 'rule').map(([rule]) => rule)
    expect(rules).toEqual(['opening', 'disclosure.claims-to-be-human', builtInRules.askedWhetherHuman.ruleId])
  })
})

describe('docs/sleep-windows.md', () => {
  it('has every preset with its numbers, its source and the day on which it was read', () => {
    const rows = Object.entries(presets).map(([name, preset]) => presetRow(name, preset))
    expect(tableRows(readPage('docs/sleep-windows.md').text, 'preset')).toEqual(rows)
  })
})

describe('docs/operations.md', () => {
  const text = readPage('docs/operations.md').text

  it('has every limit of a workspace, its default and its bounds', () => {
    const limits = Object.entries(workspaceLimitSizes).map(([name, { least, most, usual }]) => [
      name,
      String(usual),
      `${least} to ${most}`,
    ])
    expect(tableRows(text, 'limit').map((cells) => cells.slice(0, 3))).toEqual(limits)
  })

  it('has every budget of the edge with its size', () => {
    const budgets = Object.entries(edgeBudgets).map(([name, { burst, refillPerSecond, of }]) => [
      name,
      String(burst),
      String(Number(refillPerSecond.toFixed(4))),
      of,
    ])
    expect(tableRows(text, 'budget').map((cells) => cells.slice(0, 4))).toEqual(budgets)
  })
})

/** Every name of a property below this place of a JSON schema, references followed. */
function fieldsBelow(schema: unknown, path: readonly string[]): readonly string[] {
  const at = (value: unknown, keys: readonly string[]): unknown =>
    keys.reduce<unknown>(
      (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
      value,
    )
  const walk = (value: unknown): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap(walk)
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, member]: readonly [string, unknown]) => {
      if (key === '$ref' && typeof member === 'string') return walk(at(schema, member.slice(2).split('/')))
      if (key === 'properties' && typeof member === 'object' && member !== null)
        return [...Object.keys(member), ...Object.keys(member).flatMap((name) => walk(at(member, [name])))]
      return key === 'default' || key === 'propertyNames' ? [] : walk(member)
    })
  }
  return [...new Set(walk(at(schema, path)))]
}
