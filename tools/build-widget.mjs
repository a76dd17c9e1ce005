// Bundles the talk page: packages/widget/src/talk/{main.ts,talk.css} -> packages/widget/dist/{talk.js,talk.css,mark.svg}.
// Fonts are not bundled: the server serves them from the installed @fontsource packages under /assets/fonts/.
import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const widget = new URL('../packages/widget/', import.meta.url)

/** Takes about 50 ms, so it runs at every start and there is no question of a stale page. */
export async function buildWidget() {
  const dist = fileURLToPath(new URL('dist/', widget))
  await mkdir(dist, { recursive: true })
  await build({
    entryPoints: [
      { in: fileURLToPath(new URL('src/talk/main.ts', widget)), out: 'talk' },
      { in: fileURLToPath(new URL('src/talk/talk.css', widget)), out: 'talk' },
    ],
    outdir: dist,
    bundle: true,
    format: 'esm',
    minify: true,
    legalComments: 'inline',
    charset: 'utf8',
    // The first versions with light-dark(), which the tokens are written in.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    external: ['/assets/*'],
    logLevel: 'warning',
  })
  await copyFile(new URL('src/mark.svg', widget), new URL('dist/mark.svg', widget))
  return dist
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildWidget()
