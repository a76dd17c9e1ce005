import { placeOf } from '../place-of.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** Brands that are made elsewhere than where they are declared, because those who only hold them must not need the maker. */
const makers = new Map([
  ['Cleared', ['packages/server/src/conversation/policy-gate.ts']],
  ['WorkspaceTx', ['packages/server/src/platform/postgres/with-workspace.ts']],
  // Public by the table of ranges, or opened by an entry of the installation.
  [
    'PublicAddress',
    [
      'packages/server/src/platform/outbound/public-address.ts',
      'packages/server/src/platform/outbound/check-target.ts',
    ],
  ],
])

/** A brand says that a value has passed one parser; a second maker would be a way around it. */
export const brandMakers: Wall = {
  name: 'a branded value is made only in the file that declares the brand; Cleared only in conversation/policy-gate.ts',
  check: (sources) => {
    const homes = new Map(
      sources.flatMap((source) => source.brands.map((brand) => [brand, makers.get(brand) ?? [source.path]] as const)),
    )
    return sources.flatMap((source) => checkOne(source, homes))
  },
  planted: [
    planted('a cast', `x as Cleared`),
    planted('a cast over unknown', `x as unknown as Cleared`),
    planted('a cast of a list', `x as readonly Cleared[]`),
    planted('a predicate that proves nothing', `const f = (x: string): x is Cleared => true`),
    planted('another brand', `x as WorkspaceScope`),
    {
      name: 'the file that declares Cleared makes it, too far left',
      files: {
        'packages/server/src/kernel/cleared.ts': `export type Cleared = Brand<string, 'Cleared'>; x as Cleared`,
      },
      at: ['packages/server/src/kernel/cleared.ts'],
    },
  ],
  innocent: [
    {
      name: 'each at home, a cast to something else, a use as a type',
      files: {
        ...declarations(),
        'packages/server/src/kernel/workspace-scope.ts': `export type WorkspaceScope = Brand<object, 'WorkspaceScope'>; x as WorkspaceScope`,
        'packages/server/src/conversation/policy-gate.ts': `x as Cleared`,
        'packages/server/src/conversation/pipeline/turn.ts': `const say = (text: Cleared) => [text] as const`,
      },
    },
  ],
}

function declarations() {
  return {
    'packages/server/src/kernel/cleared.ts': `export type Cleared = Brand<string, 'Cleared'>`,
    'packages/server/src/kernel/workspace-scope.ts': `export type WorkspaceScope = Brand<object, 'WorkspaceScope'>`,
  }
}

function planted(name: string, text: string) {
  const path = 'packages/server/src/http/messages.ts'
  return { name, files: { ...declarations(), [path]: text }, at: [path] }
}

function checkOne(source: Source, homes: ReadonlyMap<string, readonly string[]>): readonly Violation[] {
  if (placeOf(source.path).forTests) return []
  return source.claims.flatMap(({ typeName, line }) => {
    const allowed = homes.get(typeName)
    if (allowed === undefined || allowed.includes(source.path)) return []
    return [{ path: source.path, line, found: `claims to have a ${typeName}; only ${allowed.join(' and ')} makes one` }]
  })
}
