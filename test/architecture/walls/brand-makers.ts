import { BrandTypes } from '../brand-types.ts'
import { isProduct } from '../place-of.ts'
import type { Claim, Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'
import { brandMakerSamples } from './brand-maker-samples.ts'

const server = 'packages/server/src/'

/** Brands that are made elsewhere than where they are declared, because those who only hold them must not need the maker. */
const makers = new Map([
  // Out of the gate, and cut anew in the same order for speech.
  ['Cleared', [`${server}conversation/policy-gate.ts`, `${server}conversation/cleared-buffer.ts`]],
  ['WorkspaceTx', [`${server}platform/postgres/with-workspace.ts`]],
  // Public by the table of ranges, or opened by an entry of the installation.
  ['PublicAddress', [`${server}platform/outbound/public-address.ts`, `${server}platform/outbound/check-target.ts`]],
])

/** Claims that were read by hand, as they are written. A cast to a type parameter can stand for anything, so each is here. */
const reviewed: Readonly<Record<string, readonly string[]>> = {
  // pg gives rows of any shape; the statement says which.
  [`${server}platform/postgres/workspace-dialect.ts`]: ['Row[]'],
  // What was thrown is what was just put there.
  [`${server}guards/audited-transaction.ts`]: ['T'],
  // The id of the kind that this mutation made the first time.
  [`${server}guards/mutations.ts`]: ['Made'],
  [`${server}conversation/prompt-segment.ts`]: ['readonly ModelMessage[]'],
  // Sealed by ourselves; the engine ends in a safe default for what it cannot read.
  [`${server}features/policies/read-asked.ts`]: ['Asked', 'unknown'],
  // Kind and detail belong together by the type of the function.
  [`${server}conversation/pipeline/turn-trace.ts`]: ['TraceSpan'],
  // Columns of type uuid, from statements that stand there.
  [`${server}platform/jobs/claim-dispatch.ts`]: ['{ workspace_id: Uuid; kind: string; ref: Uuid }'],
  [`${server}platform/postgres/scoped-calls.ts`]: ['{ ref: Uuid }'],
  [`${server}platform/postgres/with-unproven.ts`]: [
    'StoredApiKey',
    'StoredMembership',
    'StoredInvitation',
    'StoredRefreshToken',
  ],
}

/** Schemas of zod that believe what they are told, and the reflection that gives `any`. */
const believers = /(^|\.|#)(z\.(any|custom|instanceof)|Reflect(\.\w+|\.\*)?|zod#(any|custom|instanceof))$/

const oneName = /^\w+(<\w+>)?$/

/** A brand says that a value has passed one parser; a second maker would be a way around it. */
export const brandMakers: Wall = {
  name: 'a branded value is made only in the file that declares the brand (Cleared in conversation/policy-gate.ts and cleared-buffer.ts); no other cast',
  check: (sources) => {
    const product = sources.filter(({ path }) => isProduct(path))
    const types = new BrandTypes(product)
    const declared = homesOf(product)
    return product.flatMap((source) => [
      ...secondHomes(source, declared),
      ...source.claims.flatMap((claim) => judge(source, claim, { types, declared })),
      ...source.references
        .filter(({ path }) => believers.test(path))
        .map(({ path, line }) => ({ path: source.path, line, found: `uses ${path}, which proves nothing` })),
    ])
  },
  ...brandMakerSamples,
}

type Known = { readonly types: BrandTypes; readonly declared: ReadonlyMap<string, readonly string[]> }

/** The files that declare each brand. */
function homesOf(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  const homes = new Map<string, readonly string[]>()
  for (const { path, types } of sources) {
    for (const brand of types.flatMap((type) => type.brands)) homes.set(brand, [...(homes.get(brand) ?? []), path])
  }
  return homes
}

/** Two types with the same brand are one type: whoever declares it again makes it his own. */
function secondHomes(source: Source, declared: Known['declared']): readonly Violation[] {
  return source.types.flatMap(({ name, brands, line }) =>
    brands
      .filter((brand) => brand === '*' || (declared.get(brand)?.length ?? 0) > 1)
      .map((brand) => ({
        path: source.path,
        line,
        found: `${name} declares the brand ${brand}, which another declares too`,
      })),
  )
}

function judge(
  source: Source,
  { form, type, mentions, isOpen, line }: Claim,
  { types, declared }: Known,
): readonly Violation[] {
  const { path } = source
  if (type === 'const' || reviewed[path]?.includes(type) === true) return []
  const brands = types.brandsIn(path, mentions)
  const [foreign, ...more] = brands.filter((brand) => !(makers.get(brand) ?? declared.get(brand) ?? []).includes(path))
  // The maker of a brand puts it together from values of other brands, which it was given.
  if (brands.length > more.length + (foreign === undefined ? 0 : 1) && oneName.test(type)) return []
  if (foreign !== undefined) {
    return [{ path, line, found: `claims to have a ${foreign} (${form} ${type}); only its maker may` }]
  }
  if (isOpen && (form === 'predicate' || form === 'unproved')) {
    return [{ path, line, found: `claims to have a ${type}, which may be any type` }]
  }
  if (form !== 'cast' || brands.length > 0) return []
  return [{ path, line, found: `casts to ${type}; parse it, or list the cast with its reason` }]
}
