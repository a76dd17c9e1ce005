/** Server layers, left to right: an import may only point left. */
export const layers = ['kernel', 'platform', 'guards', 'features', 'conversation', 'http', 'main'] as const
export type Layer = (typeof layers)[number]

export type Area = 'contract' | 'policy' | 'sdk' | 'server' | 'widget' | 'test' | 'bench' | 'tools' | 'other'

export type Place = {
  readonly area: Area
  /** Only in the server; undefined there too when the folder is not a layer. */
  readonly layer: Layer | undefined
  /** The folder below features. */
  readonly feature: string | undefined
  /** Whether this exists for tests only: beside the code, across packages, or their shared harness. */
  readonly forTests: boolean
}

const packages = new Map<string, Area>([
  ['contract', 'contract'],
  ['policy', 'policy'],
  ['sdk', 'sdk'],
  ['server', 'server'],
  ['widget', 'widget'],
])

/** Where a file belongs, from its path alone. */
export function placeOf(path: string): Place {
  const [top = '', second = '', , ...inside] = path.split('/')
  const area = areaOf(top, second)
  const layer = area === 'server' ? layerOf(inside) : undefined
  return {
    area,
    layer,
    feature: layer === 'features' && inside.length > 2 ? inside[1] : undefined,
    forTests: area === 'test' || isTest(path) || isHarness(path),
  }
}

/** Whether this is code of ours that runs at a customer's: every package, without what exists for tests. */
export function isProduct(path: string): boolean {
  return path.startsWith('packages/') && !placeOf(path).forTests
}

export function isTest(path: string): boolean {
  return /\.test\.[cm]?[jt]sx?$/.test(path)
}

/** What tests share: never part of what is deployed, so product code may not import it. */
export function isHarness(path: string): boolean {
  return /^(test|packages\/[a-z-]+\/src\/(.+\/)?test-harness)\//.test(path)
}

function areaOf(top: string, second: string): Area {
  if (top === 'packages') return packages.get(second) ?? 'other'
  if (top === 'test' || top === 'bench' || top === 'tools') return top
  return 'other'
}

/** `main.ts`, `config.ts`, the package's entry and the commands are the composition root. */
function layerOf(inside: readonly string[]): Layer | undefined {
  const [folder = ''] = inside
  if (inside.length === 1 || folder === 'commands') return 'main'
  return layers.find((layer) => layer === folder && layer !== 'main')
}
