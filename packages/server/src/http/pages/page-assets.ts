import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'

/** One file that the pages may serve, read once at start-up. */
export type PageAsset = {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
  /** First 16 hex digits of the SHA-256: 64 bits tell versions of our own files apart; it guards nothing. */
  readonly version: string
}

/** The asset's path under `/assets/`, and nothing else: there is no way to name a file that is not listed here. */
export type PageAssets = ReadonlyMap<string, PageAsset>

export const preloadedFonts = [
  'fonts/ibm-plex-sans-latin-400-normal.woff2',
  'fonts/ibm-plex-mono-latin-400-normal.woff2',
] as const

const builtFiles = [
  ['talk.js', 'text/javascript; charset=utf-8'],
  ['microphone-processor.js', 'text/javascript; charset=utf-8'],
  ['player-processor.js', 'text/javascript; charset=utf-8'],
  ['talk.css', 'text/css; charset=utf-8'],
  ['sign-in.js', 'text/javascript; charset=utf-8'],
  ['sign-in.css', 'text/css; charset=utf-8'],
  ['members.js', 'text/javascript; charset=utf-8'],
  ['escalations.js', 'text/javascript; charset=utf-8'],
  ['escalations.css', 'text/css; charset=utf-8'],
  ['members.css', 'text/css; charset=utf-8'],
  ['mark.svg', 'image/svg+xml'],
] as const

/** Written out one by one, so that tools which look for used packages see that these are. */
const fontFiles = [
  [
    'ibm-plex-sans-latin-400-normal',
    import.meta.resolve('@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-400-normal.woff2'),
  ],
  [
    'ibm-plex-sans-latin-600-normal',
    import.meta.resolve('@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-600-normal.woff2'),
  ],
  [
    'ibm-plex-sans-latin-ext-400-normal',
    import.meta.resolve('@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-ext-400-normal.woff2'),
  ],
  [
    'ibm-plex-sans-latin-ext-600-normal',
    import.meta.resolve('@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-ext-600-normal.woff2'),
  ],
  [
    'ibm-plex-mono-latin-400-normal',
    import.meta.resolve('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2'),
  ],
  [
    'ibm-plex-mono-latin-ext-400-normal',
    import.meta.resolve('@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-ext-400-normal.woff2'),
  ],
] as const

/** The SIL Open Font License wants its text to go along with the fonts. */
const licenseFiles = [
  ['ibm-plex-sans-license', import.meta.resolve('@fontsource/ibm-plex-sans/LICENSE')],
  ['ibm-plex-mono-license', import.meta.resolve('@fontsource/ibm-plex-mono/LICENSE')],
] as const

/** Reads the built page from `assetsFolder` and the fonts with their licences from the installed @fontsource packages. */
export async function readPageAssets(assetsFolder: string): Promise<PageAssets> {
  const assets = new Map<string, PageAsset>()
  for (const [name, mediaType] of builtFiles) assets.set(name, await readBuilt(join(assetsFolder, name), mediaType))
  for (const [name, url] of fontFiles)
    assets.set(`fonts/${name}.woff2`, await readAsset(fileURLToPath(url), 'font/woff2'))
  for (const [name, url] of licenseFiles) {
    assets.set(`fonts/${name}.txt`, await readAsset(fileURLToPath(url), 'text/plain; charset=utf-8'))
  }
  return assets
}

async function readBuilt(path: string, mediaType: string): Promise<PageAsset> {
  try {
    return await readAsset(path, mediaType)
  } catch (cause) {
    throw new StartupRefusal(
      `The pages are not built: ${path} cannot be read. Run node tools/build-widget.mjs and start again.`,
      {
        cause,
      },
    )
  }
}

async function readAsset(path: string, mediaType: string): Promise<PageAsset> {
  const bytes = new Uint8Array(await readFile(path))
  return { bytes, mediaType, version: createHash('sha256').update(bytes).digest('hex').slice(0, 16) }
}
