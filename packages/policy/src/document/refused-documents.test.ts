/** Documents that somebody gets wrong, or that mean harm: each refusal says where, what was found, and what to write instead. */
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { parsePolicy } from './parse-policy.ts'

const zone = (more = ''): string =>
  `no_go_zones:\n  - name: dose\n    phrases: [double the dose]\n    action: redirect\n    line: Ask a doctor.\n${more}`
const zoneWith = (old: string, next: string): string => zone().replace(old, next)
const line = (yaml: string): string => `no_go_zones:\n  - {name: dose, phrases: [x y], action: end, ${yaml}}\n`
const one = (section: string, yaml: string): string => `${section}:\n  - {name: n, ${yaml}}\n`
const many = Array.from({ length: 201 }, (_, index) => `  - {name: z${index}, phrases: [x y], action: end}\n`).join('')

/** The first thing that is wrong, as who reads it sees it. */
function refusalOf(text: string): string {
  const parsed = parsePolicy(text)
  if (!parsed.ok) {
    const [first] = parsed.diagnostics
    return `${first?.line}:${first?.column} ${first?.pointer} ${first?.message}; ${first?.fix}`
  }
  const { document, placeOf } = parsed
  const compiled = compilePolicy({ identity: testIdentity, layers: [{ layer: 'agent', document }] })
  if (compiled.ok) return 'not refused'
  const [first] = compiled.diagnostics
  const { line: row, column } = placeOf(first?.pointer ?? '')
  return `${row}:${column} ${first?.pointer} ${first?.message}; ${first?.fix}`
}

describe('a document that is refused', () => {
  it.each([
    [
      'nothing',
      '',
      '1:1  expected the sections of a policy, found nothing; begin with a section such as `no_go_zones:`',
    ],
    ['a comment alone', '# only this\n', '1:1  expected the sections of a policy, found nothing'],
    ['a word', 'hello', '1:1  expected the sections of a policy, found a string'],
    ['a list', '- a\n', '1:1  expected the sections of a policy, found a list'],
    ['two documents', 'tests: []\n---\ntests: []\n', '2:1  found a second document; remove the line "---"'],
    ['a key twice', 'tests: []\ntests: []\n', '2:1  `tests` stands there a second time; keep one `tests`'],
    ['a key twice in a rule', zone('    line: Other.\n'), '6:5  `line` stands there a second time; keep one `line`'],
    ['a key twice in JSON', '{"tests":[],"tests":[]}', '1:13  `tests` stands there a second time'],
    [
      'a tab',
      'no_go_zones:\n\t- name: a\n',
      '2:1  Tabs are not allowed as indentation; write blanks in place of the tab',
    ],
    ['an alias', 'tests: *other\n', '1:8  found an alias; write out the value'],
    ['an anchor', 'tests: &all []\n', '1:13  found an anchor; remove &all'],
    ['aliases that grow', 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n', '1:7  found an anchor; remove &a'],
    [
      'a phrase with a star',
      zoneWith('[double the dose]', '[*dose]'),
      '3:15  found an alias; write out the value; text that begins with * goes in quotes',
    ],
    ['a merge key', '<<: {tests: []}\n', '1:1 /<< found a merge key; write out the fields'],
    [
      'a tag of a language',
      'tests: !!js/function "x"\n',
      '1:8  Unresolved tag: tag:yaml.org,2002:js/function; remove the tag (!...)',
    ],
    ['a tag that is known', 'tests: !!binary aGk=\n', '1:17  found a tag; remove it'],
    [
      'a section that is none',
      'no_go_zone: []\n',
      '1:1 /no_go_zone no_go_zone: no such field; did you mean no_go_zones?; write no_go_zones',
    ],
    [
      'a field that is none',
      zone('    colour: red\n'),
      '6:5 /no_go_zones/0/colour colour: no such field; remove it (known: name, label',
    ],
    ['a prototype', '__proto__: {tests: []}\n', '1:1 /__proto__ __proto__: no such field'],
    ['a name that is a list', '? [a]\n: 1\n', '1:3  found a field whose name is no text; name the field with a word'],
    [
      'an action of another stage',
      zoneWith('redirect', 'deny'),
      '4:13 /no_go_zones/0/action expected one of redirect, block, escalate, end, found "deny"; write one of redirect',
    ],
    [
      'a stage that zones do not watch',
      line('stages: [retrieval]'),
      '/no_go_zones/0/stages/0 expected one of output, input, tool_call, found "retrieval"; write one of output',
    ],
    [
      'a case whose stage cannot do that',
      'tests:\n  - {say: x, given: {stage: retrieval}, expect: {action: end}}\n',
      '2:58 /tests/0/expect/action expected an action of the stage retrieval (allow, annotate, redact, deny), found end; write an action of the stage retrieval (allow',
    ],
    [
      'a case of time that redirects',
      'tests:\n  - {given: {stage: tick}, expect: {action: redirect}}\n',
      'expected an action of the stage tick (allow, annotate, replace, escalate, end), found redirect',
    ],
    [
      'one text for a list',
      zoneWith('[double the dose]', 'dose'),
      '3:14 /no_go_zones/0/phrases expected a list, found "dose"; write a list, also for one entry: ["dose"]',
    ],
    [
      'one stage for a list',
      line('stages: output'),
      '/no_go_zones/0/stages expected a list, found "output"; write a list, also for one entry: ["output"]',
    ],
    [
      'a number for a text',
      zoneWith('[double the dose]', '[911]'),
      '3:15 /no_go_zones/0/phrases/0 expected text, found 911; put it in quotes: "911"',
    ],
    [
      'a truth for a text',
      zoneWith('[double the dose]', '[a b, true]'),
      '3:20 /no_go_zones/0/phrases/1 expected text, found true; put it in quotes: "true"',
    ],
    [
      'nothing for a text',
      zoneWith('[double the dose]', '[~]'),
      '3:15 /no_go_zones/0/phrases/0 expected text, found nothing; write text, or remove the entry',
    ],
    [
      'nothing for a section',
      'no_go_zones:\n',
      '1:13 /no_go_zones expected a list, found nothing; write a list, or remove `no_go_zones`',
    ],
    [
      'fields for a list',
      'no_go_zones: {a: 1}\n',
      '1:14 /no_go_zones expected a list, found fields; begin each entry with "- "',
    ],
    [
      'a list for fields',
      'fatigue: []\n',
      '1:10 /fatigue expected fields, found a list; write its fields without "- "',
    ],
    [
      'a sentence for fields',
      'disclosure: I am an AI.\n',
      '1:13 /disclosure expected fields, found "I am an AI."; write its fields below it',
    ],
    [
      'a text for a truth',
      line('floor: "yes"'),
      '/no_go_zones/0/floor expected true or false, found "yes"; write true or false, without quotes',
    ],
    [
      'a text for a number',
      line('priority: high'),
      '/no_go_zones/0/priority expected a number, found "high"; write digits, without quotes',
    ],
    [
      'a part of a number',
      line('priority: 1.5'),
      '/no_go_zones/0/priority expected a whole number, found 1.5; write 2',
    ],
    [
      'a number without an end',
      line('priority: .inf'),
      '/no_go_zones/0/priority expected a number, found Infinity; write digits',
    ],
    [
      'too small a number',
      line('priority: -1'),
      '/no_go_zones/0/priority expected at least 0, found -1; write a number of at least 0',
    ],
    [
      'a name with capitals',
      zoneWith('name: dose', 'name: Bad Dose'),
      '2:11 /no_go_zones/0/name expected lower-case letters and digits, joined by - or _, found "Bad Dose"; write bad-dose',
    ],
    [
      'a name that is missing',
      'no_go_zones:\n  - {phrases: [x y], action: end}\n',
      '2:5 /no_go_zones/0/name `name` is missing: expected text; write `name:` and text',
    ],
    [
      'an action that is missing',
      one('no_go_zones', 'phrases: [x y]'),
      '2:5 /no_go_zones/0/action `action` is missing; write `action:` and one of redirect, block, escalate, end',
    ],
    [
      'a line that is missing',
      zoneWith('    line: Ask a doctor.\n', ''),
      '2:5 /no_go_zones/0/line expected the line that redirect says instead; write the line that redirect says instead',
    ],
    [
      'nothing to look for',
      one('no_go_zones', 'action: end'),
      '2:5 /no_go_zones/0/phrases expected at least one phrase, regex or example; write at least one phrase',
    ],
    [
      'a name a second time',
      zone('  - {name: dose, phrases: [x y], action: end}\n'),
      '6:12 /no_go_zones/1/name expected a name of its own, found dose a second time; write a name of its own',
    ],
    [
      'too long a phrase',
      zoneWith('double the dose', 'x'.repeat(201)),
      '3:15 /no_go_zones/0/phrases/0 expected at most 200 characters, found 201; shorten it by 1 characters',
    ],
    [
      'a phrase of blanks',
      zoneWith('double the dose', '"  "'),
      '3:15 /no_go_zones/0/phrases/0 expected a phrase, found only blanks; write a phrase',
    ],
    [
      'too many rules',
      `no_go_zones:\n${many}`,
      '2:3 /no_go_zones expected at most 200 entries, found 201; remove 1, or put them into another policy',
    ],
    [
      'a regex that is open',
      line("regexes: ['(open']"),
      '/no_go_zones/0/regexes/0 missing closing ): `(open`; close what is open',
    ],
    [
      'a regex that looks ahead',
      line("regexes: ['(?=x)y']"),
      'invalid or unsupported Perl syntax: `(?=`; RE2 has no look-around',
    ],
    [
      'a regex that looks back',
      line(String.raw`regexes: ['(a)\1']`),
      'invalid escape sequence: `\\1`; RE2 has no back-references',
    ],
    [
      'a regex with a huge repeat',
      line("regexes: ['a{5000}']"),
      'invalid repeat count: `{5000}`; repeat at most 1000 times',
    ],
    [
      'a regex that matches nothing',
      line("regexes: ['x*']"),
      'it matches the empty text, so it would match everything; write something that has to be there',
    ],
    [
      'a regex in double quotes',
      line(String.raw`regexes: ["\d+"]`),
      'Invalid escape sequence \\d; write it in single quotes',
    ],
    [
      'too long a regex',
      line(`regexes: ['${'x'.repeat(501)}']`),
      'expected at most 500 characters, found 501; shorten it by 1',
    ],
    [
      'strikes that do not climb',
      line('strikes: {hits: 2, turns: 3, action: block}'),
      '/no_go_zones/0/strikes/action expected an action stronger than end',
    ],
    [
      'a time without its zero',
      one('sleep_windows', 'hours: [{days: [mon], from: 9:00, to: "17:00"}]'),
      '/sleep_windows/0/hours/0/from expected a time from 00:00 to 24:00, such as 09:30, found "9:00"; write "09:00"',
    ],
    [
      'a day in full',
      one('sleep_windows', 'hours: [{days: [monday], from: "09:00", to: "17:00"}]'),
      'expected one of mon, tue, wed, thu, fri, sat, sun, found "monday"; write mon',
    ],
    [
      'a preset that is none',
      one('sleep_windows', 'preset: us'),
      'expected one of us-federal, us-florida, us-debt, ca, fr, uk, found "us"; write one of us-federal',
    ],
    [
      'a holiday as it is spoken',
      one('sleep_windows', 'preset: fr, holidays: ["25.12."]'),
      'expected a date such as 2026-12-25, or 12-25 for every year, found "25.12."; write a date such as',
    ],
    [
      'a zone of no clock',
      one('sleep_windows', 'preset: fr, time_zone: "Paris time"'),
      'expected an IANA time zone such as Europe/Paris, found "Paris time"; write an IANA time zone',
    ],
    [
      'half a cap',
      one('contact_caps', 'attempts: 3'),
      'expected attempts and window_hours together; write attempts and window_hours together',
    ],
    [
      'triggers as a list',
      one('escalation_rules', 'triggers: [{explicit_wish: true}]'),
      '/escalation_rules/0/triggers expected fields, found a list; write its fields without "- "',
    ],
    [
      'no trigger',
      one('escalation_rules', 'triggers: {}'),
      'expected at least one trigger, such as explicit_wish: true; write at least one trigger',
    ],
    [
      'a topic of nothing',
      one('topic_cooldowns', 'line: Not that.'),
      'expected at least one phrase or example: a cooldown without a topic does nothing',
    ],
    [
      'a kind of data that is none',
      'pii: {kinds: {cards: {}}}\n',
      '/pii/kinds/cards cards: no such field; did you mean card?; write card',
    ],
    [
      'no tool',
      one('tool_rules', 'allow: false'),
      '`tools` is missing: expected a list; write `tools: [...]` with at least one entry',
    ],
    [
      'an argument that is no path',
      one('tool_rules', 'tools: [x], trusted_fields: [{field: amount}]'),
      'expected a JSON pointer such as /date, found "amount"; write a JSON pointer such as /date',
    ],
    [
      'an instant that is none',
      'tests:\n  - {given: {stage: tick, at: tomorrow}, expect: {action: allow}}\n',
      'expected an instant, found "tomorrow"; write date, time and offset',
    ],
    ['JSON that breaks off', '{"tests":[', '1:11  Flow sequence'],
    [
      'a quote that stays open',
      'disclosure:\n  line: "I am\n',
      '3:1  Missing closing "quote; close the quote or the bracket',
    ],
    [
      'a colon in a sentence',
      'disclosure:\n  line: Note: this\n',
      '2:9  Nested mappings are not allowed in compact mappings; put text that has ": " in it in quotes',
    ],
    [
      'an entry at another depth',
      'no_go_zones:\n  - name: a\n   phrases: [x]\n',
      '3:1  the entry stands at another depth',
    ],
    [
      'a sentence that begins with @',
      'disclosure:\n  line: @home\n',
      '2:9  Plain value cannot start with reserved character @; put the text in quotes',
    ],
    ['a NUL', 'tests: []\u0000', '1:10  found a control character (U+0000); remove it'],
    [
      'text that turns around',
      zoneWith('double', '\u202Edouble'),
      '3:15  found a character that turns the direction of text around (U+202E); remove it',
    ],
    [
      'old line ends',
      'tests: []\rpii: {}\r',
      '1:10  found a carriage return without a line feed (U+000D); save the file with line ends',
    ],
    ['half a character', zoneWith('Ask', '\uD800'), '5:11  found half of a character (U+D800)'],
    ['brackets without end', '['.repeat(500_000), '1:1001  found more than 1000 open brackets; close them'],
    ['maps without end', '{a: '.repeat(100_000), 'found more than 1000 open brackets'],
    [
      'too much',
      `# ${'x'.repeat(600_000)}`,
      '1:1  expected at most 524288 characters, found 600002; put some of the sections into another policy',
    ],
    ['a name without end', `${'x'.repeat(5000)}: 1\n`, '1:1  The : indicator must be at most 1024 chars'],
  ])('%s', (_, text, said) => {
    const startedMs = performance.now()
    const refusal = refusalOf(text)
    expect(refusal).toContain(said)
    expect(refusal).toMatch(/^[1-9]\d*:[1-9]\d* .*; .{5,}$/)
    expect(refusal).not.toMatch(/Invalid input|received|undefined|see the schema/)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })

  it('names each place once, and of hundreds of mistakes the first fifty', () => {
    const wrong = parsePolicy(`no_go_zones:\n${'  - {name: A B, action: shout}\n'.repeat(100)}`)
    expect(wrong.ok || wrong.diagnostics.length).toBe(50)
    const pointers = wrong.ok ? [] : wrong.diagnostics.map(({ pointer }) => pointer)
    expect(new Set(pointers).size).toBe(50)
  })
})
