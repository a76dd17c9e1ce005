import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createKnowledgeSearch,
  type KnowledgeSearch,
} from '../../packages/server/src/features/knowledge/create-knowledge-search.ts'
import { deleteKnowledge } from '../../packages/server/src/features/knowledge/store.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { testKeyring } from '../../packages/server/src/platform/crypto/test-harness/key-fixtures.ts'
import { fillKnowledge, makeWorkspace, type Passage, plantKnowledge } from './planted-knowledge.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

const handbook: readonly Passage[] = [
  { headings: ['Practice', 'Opening hours'], text: 'Monday to Friday 8:00 to 18:00. On Saturday from 9:00 to 13:00.' },
  { headings: ['Practice', 'How to find us'], text: 'The practice is open to the street. Mill Lane 12, second floor.' },
  {
    headings: ['Visits', 'Cancelling'],
    text: 'You may cancel a visit up to 24 hours before. Later it costs 40 euros.',
  },
  {
    headings: ['Visits', 'What to bring'],
    text: 'Please bring your insurance card to every visit on Saturday or any day.',
  },
  {
    headings: ['Treatments', 'Vaccination'],
    text: 'We vaccinate against tetanus and influenza. No appointment is needed.',
  },
]

describe('the search of knowledge', () => {
  let scratch: Scratch
  let search: KnowledgeSearch
  let doors: Parameters<typeof plantKnowledge>[0]
  let scope: WorkspaceScope
  beforeAll(async () => {
    scratch = await openScratch()
    const contentKeys = createContentKeys({ epochKeys: keyringKeyService(testKeyring(), 'epoch'), newId })
    doors = { database: scratch.database, contentKeys }
    search = createKnowledgeSearch({ withWorkspace: scratch.database.withWorkspace, contentKeys })
    scope = await makeWorkspace(doors)
  })
  afterAll(() => scratch.close())

  const plant = (language: string | undefined, passages: readonly Passage[], where = scope) =>
    plantKnowledge(doors, where, { ...(language === undefined ? {} : { language }), passages })
  const find = (sources: readonly Uuid[], question: string, options: { most?: number; where?: WorkspaceScope } = {}) =>
    search.find(
      { scope: options.where ?? scope, sources, question, most: options.most ?? 4 },
      new AbortController().signal,
    )
  const texts = async (...asked: Parameters<typeof find>) => (await find(...asked)).map(({ text }) => text)

  describe('finds the passage that answers', () => {
    test.each([
      ['When are you open on Saturday?', 'Monday to Friday 8:00'],
      ['what are your opening hours', 'Monday to Friday 8:00'],
      ['Can I cancel my visit?', 'You may cancel'],
      ['How much does cancelling cost?', 'You may cancel'],
      ['do i need an appointment for a vaccination', 'We vaccinate'],
      ['Which floor are you on?', 'The practice is open to the street'],
      ['insurance cards', 'Please bring'],
    ])('%s', async (question, beginning) => {
      const source = await plant('en', handbook)
      const [best] = await texts([source], question)
      expect(best?.startsWith(beginning), best).toBe(true)
    })

    test.each([
      ['de', 'Wann haben Sie am Samstag geöffnet?', 'Samstags ist die Praxis von 9 bis 13 Uhr geöffnet.'],
      ['de-CH', 'Was kosten die Offnungen?', 'Öffnung eines Kontos: 20 Franken.'],
      ['fr', 'Quels sont vos horaires le samedi ?', 'Horaire du samedi : de 9 h à 13 h.'],
      ['es', '¿Abren los sábados?', 'Abrimos el sábado de 9 a 13 horas.'],
      ['nl', 'Wanneer zijn jullie open op zaterdag?', 'Op zaterdag open van 9 tot 13 uur.'],
      [undefined, 'Saturday', 'On saturday from nine.'],
    ])('in %s: %s', async (language, question, answer) => {
      const source = await plant(language, [{ text: 'Qwerty zxcvb.' }, { text: answer }])
      expect(await texts([source], question)).toEqual([answer])
    })
  })

  test('opens the passage as it was sealed, with its headings and a score', async () => {
    const source = await plant('en', handbook)
    const [best] = await find([source], 'tetanus')
    expect(best).toEqual({
      chunkId: expect.any(String),
      knowledgeId: source,
      position: 4,
      score: expect.any(Number),
      headingPath: ['Treatments', 'Vaccination'],
      page: null,
      text: handbook[4]?.text,
    })
  })

  test('prefers the rarer word, the heading, and more words', async () => {
    const common = Array.from({ length: 30 }, (_none, index) => ({ text: `The garden number ${index} is green.` }))
    const source = await plant('en', [
      ...common,
      { text: 'A fountain.' },
      { headings: ['Roses'], text: 'They need sun.' },
      { text: 'Roses are planted by the gate.' },
      { text: 'The garden has one lonely tulip beside the well.' },
    ])
    expect((await texts([source], 'garden fountain'))[0]).toBe('A fountain.')
    expect(await texts([source], 'roses')).toEqual(['They need sun.', 'Roses are planted by the gate.'])
    expect((await texts([source], 'a tulip in the garden beside the well'))[0]).toContain('lonely tulip')
  })

  test('finds words that stand in every passage only together with others, and alone where there is nothing else', async () => {
    const passages = Array.from({ length: 1_200 }, (_none, index) => ({
      text: `The office is open. ${index === 700 ? 'It is closed too.' : 'Come in.'} ${index > 100 ? 'Parking below.' : ''}`,
    }))
    const source = await plant('en', passages)
    expect((await texts([source], 'office open closed'))[0]).toContain('closed')
    expect(await texts([source], 'parking at the office')).toHaveLength(4)
    expect(await texts([source], 'office')).toHaveLength(4)
  })

  test('gives each language of its sources the words of that language', async () => {
    const english = await plant('en', [{ text: 'We are opening at nine.' }])
    const german = await plant('de', [{ text: 'Die Öffnungen sind um neun.' }])
    expect((await texts([english, german], 'open öffnung')).toSorted()).toEqual([
      'Die Öffnungen sind um neun.',
      'We are opening at nine.',
    ])
  })

  describe('searches what is there', () => {
    test('a revision that is being made is not searched, and the one before is until it is swapped', async () => {
      const source = await plant('en', [{ text: 'The old price is ten.' }])
      await fillKnowledge(doors, scope, { id: source, passages: [{ text: 'The new price is twelve.' }], swap: false })
      expect(await texts([source], 'price')).toEqual(['The old price is ten.'])
      const { rows } = await scratch.database.workerWithWorkspace(scope, (tx) =>
        sql`delete from tenant.knowledge_chunks where knowledge_id = ${source} and revision = 2`
          .execute(tx.db)
          .then(() =>
            sql<{
              rows: number
            }>`select count(*)::int as rows from tenant.knowledge_index where knowledge_id = ${source}`.execute(tx.db),
          ),
      )
      expect(rows).toEqual([{ rows: 1 }])
      await fillKnowledge(doors, scope, { id: source, passages: [{ text: 'The new price is twelve.' }] })
      expect(await texts([source], 'price')).toEqual(['The new price is twelve.'])
    })

    test('what is deleted leaves nothing behind, neither passages nor words', async () => {
      const source = await plant(
        'en',
        Array.from({ length: 5 }, () => ({ text: 'A sentence about badgers.' })),
      )
      const left = () =>
        ask<{ rows: number }>(
          scratch.admin,
          `select (select count(*) from tenant.knowledge_chunks where knowledge_id = $1)
             + (select count(*) from tenant.knowledge_index where knowledge_id = $1)
             + (select count(*) from tenant.knowledge_words where knowledge_id = $1) as rows`,
          [source],
        )
      expect(Number((await left())[0]?.rows)).toBeGreaterThan(10)
      expect(await scratch.database.withWorkspace(scope, (tx) => deleteKnowledge(tx, source))).toBe(true)
      expect(Number((await left())[0]?.rows)).toBe(0)
      expect(await find([source], 'badgers')).toEqual([])
    })

    test('sources that are not attached, not there or without passages find nothing', async () => {
      const attached = await plant('en', [{ text: 'About foxes.' }])
      await plant('en', [{ text: 'About foxes and hounds.' }])
      const empty = await plant('en', [])
      expect(await texts([attached, empty, newId()], 'foxes hounds')).toEqual(['About foxes.'])
      expect(await find([], 'foxes')).toEqual([])
      expect(await find([empty], 'foxes')).toEqual([])
    })
  })

  describe('keeps workspaces apart', () => {
    test("another workspace's source finds nothing, named alone or beside an own one", async () => {
      const other = await makeWorkspace(doors)
      const theirs = await plant('en', [{ text: 'The secret recipe is nutmeg.' }], other)
      const mine = await plant('en', [{ text: 'Our recipe is salt.' }])
      expect(await find([theirs], 'secret recipe nutmeg')).toEqual([])
      expect(await texts([theirs, mine], 'secret recipe nutmeg')).toEqual(['Our recipe is salt.'])
      expect(await texts([theirs], 'recipe', { where: other })).toEqual(['The secret recipe is nutmeg.'])
    })

    test('the function itself gives nothing of another workspace, whatever it is told about its source', async () => {
      const other = await makeWorkspace(doors)
      const theirs = await plant('en', [{ text: 'The secret recipe is nutmeg.' }], other)
      const call = (where: WorkspaceScope, revision: number) =>
        scratch.database.withWorkspace(where, async (tx) => {
          const { rows } = await sql`select chunk_id from app.search_knowledge('nutmeg', ${[theirs]}::uuid[],
            ${[revision]}::integer[], array['pg_catalog.english']::regconfig[], 10)`.execute(tx.db)
          return rows.length
        })
      expect(await call(other, 1)).toBe(1)
      expect([await call(scope, 1), await call(scope, 2), await call(other, 2)]).toEqual([0, 0, 0])
    })

    test('neither login reads the index past the policy, and the app does not read it at all', async () => {
      await expect(
        scratch.database.withWorkspace(scope, (tx) => sql`select 1 from tenant.knowledge_index`.execute(tx.db)),
      ).rejects.toMatchObject({ code: '42501' })
      const { rows } = await scratch.database.workerWithWorkspace(await makeWorkspace(doors), (tx) =>
        sql`select 1 from tenant.knowledge_index`.execute(tx.db),
      )
      expect(rows).toEqual([])
    })
  })

  describe('takes any words', () => {
    test.each([
      ['operators of the query language', "open & !saturday | (hours <-> 'x):*ABCD \\ <2> :"],
      ['quotes and SQL', "'; drop table tenant.knowledge_index; -- open"],
      ['NUL', 'op\0en \0open'],
      ['a lone surrogate', 'open \ud800'],
      ['8,000 characters', `${'open hours '.repeat(720)} saturday`],
      ['one word of 8,000 characters and one that counts', `open ${'x'.repeat(7_990)}`],
      ['thousands of different words', `open ${Array.from({ length: 300 }, (_none, index) => `w${index}`).join(' ')}`],
      ['invisible characters', 'op\u200ben open\u202e'],
      ['other forms of letters', '\uff4f\uff50\uff45\uff4e'],
      ['emoji and combining marks', '🕘 open? e\u0301\u0301\u0301'],
    ])('%s', async (_name, question) => {
      const source = await plant('en', handbook)
      expect((await texts([source], question)).length).toBeGreaterThan(0)
    })

    test.each([
      ['only stop words', 'when are you on the'],
      ['nothing', ''],
      ['signs alone', "?! & | <-> :* \\ '"],
      ['NUL alone', '\0'],
      ['what grows when it is put into its usual form', '\ufdfa'.repeat(2_000)],
      ['another language', 'где вы находитесь'],
    ])('%s finds nothing and fails nothing', async (_name, question) => {
      const source = await plant('en', handbook)
      expect(await find([source], question)).toEqual([])
    })

    test('words of documents are kept as they are, whatever signs stand in them', async () => {
      const odd =
        "It's 'quoted' \\back\\slash a:1A b:* <->  c&d|e!f O''Reilly \0 \ud800 http://example.com/a?b=c ada@example.com"
      const source = await plant('en', [{ headings: ["'; --", 'A:1A'], text: odd }])
      for (const word of ['quoted', 'slash', "O'Reilly", 'ada@example.com', 'http://example.com/a?b=c'])
        expect(await find([source], word), word).toHaveLength(1)
    })

    test('more sources, passages or words than it takes are refused, never cut', async () => {
      const call = (question: string, sources: number, most: number) =>
        scratch.database.withWorkspace(scope, (tx) =>
          sql`select 1 from app.search_knowledge(${question}, ${Array.from({ length: sources }, newId)}::uuid[],
            ${Array.from({ length: sources }, () => 1)}::integer[],
            ${Array.from({ length: sources }, () => 'pg_catalog.simple')}::text[]::regconfig[], ${most}::integer)`.execute(
            tx.db,
          ),
        )
      await expect(call('x', 50, 50)).resolves.toBeDefined()
      for (const [question, sources, most] of [
        ['x', 51, 1],
        ['x', 1, 0],
        ['x', 1, 51],
        ['x'.repeat(2_001), 1, 1],
      ] as const)
        await expect(call(question, sources, most)).rejects.toMatchObject({ code: '22023' })
    })

    test('what is left out is refused, never taken for everything', async () => {
      const given = ["'x'", "'{}'::uuid[]", "'{}'::integer[]", "'{}'::regconfig[]", '1']
      for (const missing of given.keys()) {
        const args = given.map((arg, index) => (index === missing ? 'null' : arg)).join(', ')
        await expect(
          scratch.database.withWorkspace(scope, (tx) =>
            sql`select 1 from app.search_knowledge(${sql.raw(args)})`.execute(tx.db),
          ),
          args,
        ).rejects.toMatchObject({ code: '22023' })
      }
    })
  })

  describe('does not run on unheard', () => {
    test('who gives up gets the reason at once, and the slot is free when the database has ended', async () => {
      const source = await plant('en', handbook)
      const gone = new AbortController()
      const reason = new Error('too late')
      const pending = search.find({ scope, sources: [source], question: 'open', most: 1 }, gone.signal)
      gone.abort(reason)
      await expect(pending).rejects.toBe(reason)
      expect(await texts([source], 'saturday', { most: 1 })).toHaveLength(1)
    })

    test('the server ends a statement that takes longer than anybody waits', async () => {
      const slow = scratch.database.withWorkspace(scope, async (tx) => {
        await tx.endSlowStatements()
        await sql`select count(*) from generate_series(1, 100000000) a`.execute(tx.db)
      })
      await expect(slow).rejects.toMatchObject({ code: '57014' })
      const { rows } = await scratch.database.withWorkspace(scope, (tx) =>
        sql<{ limit: string }>`select current_setting('statement_timeout') as limit`.execute(tx.db),
      )
      expect(rows).toEqual([{ limit: '15s' }])
    })
  })
})
