import { expect, test } from 'vitest'
import { fillTemplate } from './fill-template.ts'

const values = new Map([
  ['rest', '{{name}} and $& and {{result.slot}}'],
  ['name', 'Ada'],
  ['result.slot', 'Tuesday, 9:30'],
])

test('values are filled in', () => {
  expect(fillTemplate('{{name}}: {{result.slot}}.', values)).toBe('Ada: Tuesday, 9:30.')
})

test('a value is data: braces and replacement marks inside it stay as they are', () => {
  expect(fillTemplate('You said: {{rest}}', values)).toBe('You said: {{name}} and $& and {{result.slot}}')
})

test.each(['{{unknown}}', '{{constructor}}', '{{__proto__}}', '{{ name }}', '{name}', '{{result.slot.x}}', '{{}}'])(
  '%s without a value stays verbatim',
  (line) => {
    expect(fillTemplate(line, values)).toBe(line)
  },
)
