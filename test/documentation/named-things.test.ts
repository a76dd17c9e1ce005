import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readConfig } from '../../packages/server/src/config.ts'
import { fencedBlocks } from './fenced-blocks.ts'
import { pages, readPage, root } from './pages.ts'
import { tableRows } from './table-rows.ts'

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
const source = (path: string): string => readFileSync(join(root, 'packages/server/src', path), 'utf8')
const settings = new Set(
  [...source('config.ts').matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].flatMap(([, name]) =>
    name !== undefined && (/^(HYPONEMA|AWS)_/.test(name) || name.endsWith('_URL')) ? [name] : [],
  ),
)

/** What a test cannot do in a reader's place: start a server that stays, restore into an installation, run the suites, format the sources. */
const leftToOtherTests = [
  /^npm start\b/,
  /^npm test\b/,
  /^npm run check\b/,
  /^npm run test:browser\b/,
  /^npm run test:long\b/,
  // test/end-to-end/clinic-conversations.test.ts talks to both.
  /^npm run desk(:mcp)?$/,
  // .ci/run runs it.
  /^npm run prove:isolation\b/,
  /^npx (biome|vitest)\b/,
  /^npm run hyponema -- start\b/,
  // Refused within a minute of the rotation; test/keys/rotate-keys.test.ts lets it pass.
  /^npm run --silent hyponema -- keys retire\b/,
  /^npm run hyponema -- restore \/backups\//,
  /^npm run hyponema -- migrate postgres:\/\/ADMINISTRATOR\b/,
]

describe.each(pages)('$path', ({ text }) => {
  it('names no npm script that does not exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  it('names no setting that is not read', () => {
    const named = [...text.matchAll(/\bHYPONEMA_[A-Z_]+\b/g)].map(([name]) => name)
    expect(named.filter((name) => !settings.has(name))).toEqual([])
  })

  it('leaves only those commands unrun that a test cannot run', () => {
    const unrun = fencedBlocks(text)
      .filter(({ info }) => info === 'sh no-test')
      .flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n'))
      .map((line) => line.trim().replace(/^(?:[A-Z_]+=\S+\s+)+/, ''))
    expect(unrun.filter((line) => !leftToOtherTests.some((allowed) => allowed.test(line)))).toEqual([])
  })
})

describe('an npm script', () => {
  const launcher = readFileSync(join(root, 'tools/launch.mjs'), 'utf8')

  it.each(Object.entries(scripts))('%s leads to something that is there', (_, command) => {
    const [program, file = '', launched, script] = command.split(' ')
    expect(program).toBe('node')
    expect(existsSync(join(root, file))).toBe(true)
    if (launched === undefined) return
    expect(launcher).toMatch(new RegExp(`^  '?${launched}'?: \\{`, 'm'))
    if (launched === 'run') expect(existsSync(join(root, script ?? ''))).toBe(true)
  })
})

describe('the settings', () => {
  const documented = tableRows(readPage('README.md').text, 'variable')
  const defaultOf = (name: string) => documented.find(([variable]) => variable === name)?.[1]

  it('stand in the README, each one that is read and no other', () => {
    expect(new Set(documented.map(([name]) => name))).toEqual(settings)
  })

  it('stand in the help of the command', () => {
    expect([...settings].filter((name) => !source('main.ts').includes(name))).toEqual([])
  })

  it('have the defaults that the README gives', () => {
    const config = readConfig({ environment: {}, workingFolder: '/' })
    expect(defaultOf('HYPONEMA_HOME')).toBe(config.homeFolder.slice(1))
    expect(defaultOf('HYPONEMA_HOST')).toBe(config.host)
    expect(defaultOf('HYPONEMA_PORT')).toBe(String(config.port))
    expect(defaultOf('HYPONEMA_LOG_LEVEL')).toBe(config.logLevel)
    expect(defaultOf('HYPONEMA_KEY_SERVICE')).toBe(config.keyService.wrapsWith)
    expect(config.trustedProxies).toEqual([])
    expect(config.outboundAllow).toEqual([])
  })
})

describe('the changelog', () => {
  it('begins with the version that the packages have', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    expect(/^## \[([^\]]+)\]/m.exec(readPage('CHANGELOG.md').text)?.[1]).toBe(version)
  })
})
