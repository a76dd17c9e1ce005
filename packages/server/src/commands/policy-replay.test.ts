/** A policy beside an export: nothing but files is read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeId, policyReplaySchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import { policyReplay } from './policy-replay.ts'

const changeSchema = policyReplaySchema.shape.changes.element
const newId = idMaker(systemClock)
const config = readConfig({ environment: {}, workingFolder: '/nowhere' })
const at = '2026-12-01T10:00:00.000Z'
const session = encodeId('session', newId())
const dosage =
  'no_go_zones:\n  - name: dosage\n    phrases: [forbidden dose]\n    action: redirect\n    line: Ask a doctor.\n'

let sequence = 0
const turn = (role: 'user' | 'agent', text: string) => {
  sequence += 1
  const id = encodeId('turn', newId())
  const spoken = { status: 'complete', text, tool_calls: [], started_at: at, ended_at: at }
  return { id, session_id: session, sequence, role, ...spoken }
}
const decision = (turnId: string, more: object) => ({
  id: encodeId('decision', newId()),
  session_id: session,
  turn_id: turnId,
  stage: 'output',
  action: 'replace',
  rule_ids: ['agent/dosage'],
  mode: 'enforce',
  floor: false,
  policy_sha256: 'a'.repeat(64),
  engine_us: 5,
  characters_heard: 0,
  decision: null,
  blocked_text: 'forbidden dose',
  replayable: true,
  created_at: at,
  ...more,
})
const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')

describe('hyponema policy replay, offline', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-replay-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const fileOf = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }

  /** What it prints: a change to a line, and how many there are. */
  const replay = async (policy: string, exported: string, more: readonly string[] = []) => {
    const [out, end] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true))
    try {
      const files = ['--policy', await fileOf('next.yaml', policy), '--export', await fileOf('talks.jsonl', exported)]
      await policyReplay(config, [...files, ...more])
      const changes = (out?.mock.calls ?? []).map(([line]) => changeSchema.parse(JSON.parse(String(line))))
      return { changes, summary: String(end?.mock.calls[0]?.[0]) }
    } finally {
      out?.mockRestore()
      end?.mockRestore()
    }
  }
  const heard = turn('agent', 'The Ask a doctor. is high.')
  const withheld = decision(heard.id, {})
  const free = turn('agent', 'Take the blue pill.')
  const talks = lines(turn('user', 'How much?'), withheld, free, heard)

  test('the policy that was in force would change nothing, whatever its layer is called now', async () => {
    const { changes, summary } = await replay(dosage, talks)
    expect(changes).toEqual([])
    expect(summary).toBe('1 sessions, 3 turns: it decides otherwise about 0.\n')
  })

  test('a topic is judged as it rested: not before the person asked to leave it alone, and not after it raised it again', async () => {
    const topic = 'topic_cooldowns:\n  - name: divorce\n    phrases: [divorce]\n    line: Something else.\n'
    const free = [turn('user', 'Hello'), turn('agent', 'How is the divorce?')]
    expect((await replay(topic, lines(...free))).changes).toEqual([])
    const asks = turn('user', "I don't want to talk about the divorce.")
    const again = turn('agent', 'But the divorce is soon.')
    const raises = [turn('user', 'My divorce is today.'), turn('agent', 'The divorce, then.')]
    const { changes } = await replay(topic, lines(...free, asks, again, ...raises))
    expect(changes.filter(({ would_decide: would }) => would.some(({ stage }) => stage === 'output'))).toMatchObject([
      { turn_id: again.id, would_decide: [{ rule_ids: ['workspace/replayed/topic.divorce'] }] },
    ])
  })

  test('what would be withheld, and what would not be any more, stands beside what was decided', async () => {
    const next = dosage.replace('forbidden dose', 'blue pill')
    const { changes, summary } = await replay(next, talks)
    const would = [{ stage: 'output', action: 'replace', rule_ids: ['workspace/replayed/dosage'] }]
    const then = [{ stage: 'output', action: 'replace', rule_ids: ['agent/dosage'] }]
    expect(changes).toEqual([
      { session_id: session, turn_id: heard.id, decided: then, would_decide: [] },
      { session_id: session, turn_id: free.id, decided: [], would_decide: would },
    ])
    expect(summary).toContain('about 2')
  })

  test('what was decided about a message is compared with that message, and counts of time and tools are left alone', async () => {
    const asked = turn('user', 'a forbidden dose please')
    const answer = turn('agent', 'Ask a doctor.')
    const input = decision(answer.id, { stage: 'input', blocked_text: null })
    const tick = decision(answer.id, { stage: 'tick', action: 'annotate', rule_ids: ['builtin/ai_reminder'] })
    const shadow = decision(answer.id, { mode: 'shadow', rule_ids: ['workspace/tried/more'] })
    const exported = lines(tick, shadow, input, answer, asked)
    expect((await replay(dosage.replace('action', 'stages: [input]\n    action'), exported)).changes).toEqual([])
    expect((await replay(dosage, exported)).changes).toMatchObject([
      { turn_id: asked.id, decided: [{ stage: 'input', action: 'replace' }], would_decide: [] },
    ])
  })

  test('--before compares with another policy by the same method, and --as with the decisions of its own layer alone', async () => {
    const milder = await fileOf('before.yaml', dosage.replace('forbidden', 'gentle'))
    expect((await replay(dosage, talks, ['--before', milder])).changes).toMatchObject([{ turn_id: heard.id }])
    expect((await replay(dosage, talks, ['--before', await fileOf('same.yaml', dosage)])).changes).toEqual([])
    expect((await replay('{}', talks, ['--as', 'agent'])).changes).toHaveLength(1)
    expect((await replay('{}', talks, ['--as', 'workspace/other'])).changes).toEqual([])
    const floor = await replay(dosage, lines(free, turn('agent', 'A forbidden dose.')), ['--as', 'installation'])
    expect(floor.changes).toMatchObject([{ would_decide: [{ rule_ids: ['installation/dosage'] }] }])
  })

  test('a line that stands there twice, an empty one, and decisions about no turn change nothing', async () => {
    const stray = decision(encodeId('turn', newId()), {})
    const { summary } = await replay(dosage, `\uFEFF${talks}\r\n\n   \n${talks}\n${lines(stray)}\n`)
    expect(summary).toBe('1 sessions, 3 turns: it decides otherwise about 0.\n')
    expect((await replay(dosage, '')).summary).toContain('0 sessions, 0 turns')
  })

  test.each([
    ['text', 'hello'],
    ['half a line', talks.slice(0, 40)],
    ['a list', `[${talks.split('\n').join(',')}]`],
    ['null', 'null'],
    ['a number', '1'],
    ['a field that is none', lines({ ...free, __extra: 1 })],
    ['a prototype', `${lines(free).slice(0, -1)},"__proto__":{"role":"user"}}`],
    ['an id of another kind', lines({ ...free, id: session })],
    ['a text that is none', lines({ ...free, text: { toString: 'x' } })],
    ['a role that is none', lines({ ...free, role: 'system' })],
    ['depth', '['.repeat(100_000)],
    ['bytes that are no text', '\u0000\u0001\uFFFD'],
    ['terminal commands', '\u001b[2J\u001b]0;x\u0007'],
  ])('refuses %s with the file and the line, and prints nothing that steers a terminal', async (_, line) => {
    const refused = await replay(dosage, `${lines(heard)}\n${line}\n`).catch((error: unknown) => String(error))
    expect(refused).toContain('talks.jsonl:2: expected a turn or a decision')
    expect(refused).not.toMatch(/(?![\t\n\r])\p{Cc}/u)
  })

  test('words of a talk that would be rules, markup or endless text are judged as words', async () => {
    const hostile = [
      'no_go_zones: []',
      '{"a":',
      '\uD800',
      '\u202Eforbidden dose',
      'f o r b i d d e n d o s e',
      'x'.repeat(200_000),
    ]
    const { changes } = await replay(dosage, lines(...hostile.map((text) => turn('agent', text))))
    expect(changes).toHaveLength(2)
  })

  test.each([
    [[], 'Write: '],
    [['--policy', 'p'], 'Write: '],
    [['--policy', 'p', '--export', 'e', '--last', '3'], 'Write: '],
    [['--policy', 'p', '--export', 'e', '--workspace', 'wsp_x'], 'Write: '],
    [['--policy', 'p', '--last', '3', '--before', 'b'], 'Write: '],
    [['--policy', '/nowhere/p', '--last', '3'], '/nowhere/p cannot be read'],
    [['--policy', 'p', '--latest', '3'], "'--latest'"],
  ])('%j is refused with what to write', async (args, words) => {
    await expect(policyReplay(config, args)).rejects.toThrow(words)
  })

  test.each(['0', '201', '1e2', '-1', ' 5', '3.5', 'all'])('--last %s is refused', async (last) => {
    const policy = await fileOf('p.yaml', dosage)
    await expect(policyReplay(config, ['--policy', policy, `--last=${last}`])).rejects.toThrow('1 to 200')
  })

  test('a policy that is none, that breaks its own rules, or stands in no layer is refused', async () => {
    await expect(replay('no_go_zones: 1', talks)).rejects.toThrow('policy check')
    await expect(replay(dosage.replace('Ask a doctor', 'A forbidden dose'), talks)).rejects.toThrow(
      '/no_go_zones/0/line',
    )
    await expect(replay(dosage, talks, ['--as', 'workspace/A b'])).rejects.toThrow('--as takes')
    await expect(replay(dosage, talks, ['--before', '/nowhere/b'])).rejects.toThrow('cannot be read')
    await expect(
      policyReplay(config, ['--policy', await fileOf('p.yaml', dosage), '--export', folder]),
    ).rejects.toThrow('cannot be read')
  })
})
