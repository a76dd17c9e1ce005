// Bundles the pages: packages/widget/src/talk/{main.ts,talk.css} -> packages/widget/dist/{talk.js,talk.css,mark.svg}, likewise
// packages/widget/src/sign-in/{main.ts,sign-in.css} -> sign-in.{js,css} and members/ -> members.{js,css}, escalations/ -> escalations.{js,css}, and the talk page's
// audio worklets, packages/widget/src/voice/worklets/*-processor.ts, which a browser loads as files of their own.
// Fonts are not bundled: the server serves them from the installed @fontsource packages under /assets/fonts/.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LaunchRefusal } from './launch-refusal.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const worklets = ['microphone-processor', 'player-processor']
const outputs = [
  'talk.js',
  'talk.css',
  'sign-in.js',
  'sign-in.css',
  'members.js',
  'members.css',
  'escalations.js',
  'escalations.css',
  'mark.svg',
  ...worklets.map((name) => `${name}.js`),
]

/** Builds when a source, a library or the way of building has changed. Returns the folder with the files. */
export async function buildWidget() {
  const source = join(root, 'packages', 'widget', 'src')
  const dist = join(root, 'packages', 'widget', 'dist')
  const stampPath = join(dist, '.sources')
  const key = await keyOf([source, join(root, 'packages', 'contract', 'src')])
  if ((await readOrNothing(stampPath)) === key && (await allReadable(dist))) return dist
  try {
    await mkdir(dist, { recursive: true })
    await bundle(source, dist)
    await replace(join(dist, 'mark.svg'), await readFile(join(source, 'mark.svg')))
    await replace(stampPath, key)
  } catch (error) {
    throw refusal(error)
  }
  return dist
}

async function bundle(source, dist) {
  // Loaded here: a page that is built already does not pay for it.
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [
      { in: join(source, 'talk', 'main.ts'), out: 'talk' },
      { in: join(source, 'talk', 'talk.css'), out: 'talk' },
      { in: join(source, 'sign-in', 'main.ts'), out: 'sign-in' },
      { in: join(source, 'sign-in', 'sign-in.css'), out: 'sign-in' },
      { in: join(source, 'members', 'main.ts'), out: 'members' },
      { in: join(source, 'members', 'members.css'), out: 'members' },
      { in: join(source, 'escalations', 'main.ts'), out: 'escalations' },
      { in: join(source, 'escalations', 'escalations.css'), out: 'escalations' },
      ...worklets.map((name) => ({ in: join(source, 'voice', 'worklets', `${name}.ts`), out: name })),
    ],
    outdir: dist,
    write: false,
    bundle: true,
    format: 'esm',
    minify: true,
    legalComments: 'inline',
    charset: 'utf8',
    // The first versions with light-dark(), which the tokens are written in.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    external: ['/assets/*'],
    plugins: [withoutBrowserGuess],
    logLevel: 'silent',
  })
  // Its service is a process of its own, which a server that builds at its start would keep until its end.
  await stop()
  for (const file of outputFiles) await replace(file.path, file.contents)
}

/**
 * The official client guesses browser and system from the User-Agent by a library as large as itself. Our transport tells the
 * server neither, so the guess is left out: the client takes an empty answer as it takes a browser that it does not know.
 */
const withoutBrowserGuess = {
  name: 'without-browser-guess',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^bowser$/ }, () => ({ path: 'bowser', namespace: 'without-browser-guess' }))
    onLoad({ filter: /.*/, namespace: 'without-browser-guess' }, () => ({
      contents: 'export default { parse: () => ({}) }',
    }))
  },
}

/** A server or a second build that reads meanwhile sees the old file or the new one. */
async function replace(path, content) {
  const unfinished = `${path}.${process.pid}.new`
  await writeFile(unfinished, content)
  await rename(unfinished, path)
}

async function keyOf(folders) {
  const hash = createHash('sha256')
  const files = [fileURLToPath(import.meta.url), join(root, 'package-lock.json')]
  for (const folder of folders) files.push(...(await sourcesBelow(folder)))
  for (const path of files) {
    const content = await readOrNothing(path)
    hash.update(`${path.slice(root.length)}\0${content?.length ?? 'missing'}\0${content ?? ''}`)
  }
  return hash.digest('hex')
}

async function sourcesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

async function allReadable(dist) {
  const contents = await Promise.all(outputs.map((name) => readOrNothing(join(dist, name))))
  return contents.every((content) => content !== undefined)
}

async function readOrNothing(path) {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

function refusal(error) {
  const [first] = error.errors ?? []
  const where = first?.location == null ? '' : `${first.location.file}:${first.location.line}: `
  const reason = first === undefined ? error.message : `${where}${first.text}`
  return new LaunchRefusal(
    `The pages could not be built: ${reason}; repair packages/widget (a fresh clone has every file) and run the same command again.`,
    { cause: error },
  )
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildWidget()
