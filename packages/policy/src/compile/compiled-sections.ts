import type {
  ContactCap,
  EscalationRule,
  FatiguePolicy,
  PiiPolicy,
  PolicyDocument,
  RuleSection,
  SleepWindow,
  ToolRule,
  TopicCooldown,
} from '@hyponema/contract'
import type { LayerName } from './layer-names.ts'

/** A rule of any section but the zones, with the id that decisions name. */
export interface CompiledRule<Rule> {
  /** The layer, then `escalation.`, `window.`, `cap.`, `topic.` or `tool.` and the name; or `fatigue`, or `pii`. */
  readonly ruleId: string
  readonly layer: LayerName
  readonly floor: boolean
  readonly rule: Rule
  /** JSON pointer into its document. */
  readonly pointer: string
}

/** The rules of all layers, side by side: all of them hold, so a lower layer can only tighten. */
export interface CompiledSections {
  readonly escalation: readonly CompiledRule<EscalationRule>[]
  readonly windows: readonly CompiledRule<SleepWindow>[]
  readonly caps: readonly CompiledRule<ContactCap>[]
  readonly fatigue: readonly CompiledRule<FatiguePolicy>[]
  readonly topics: readonly CompiledRule<TopicCooldown>[]
  readonly pii: readonly CompiledRule<PiiPolicy>[]
  readonly tools: readonly CompiledRule<ToolRule>[]
}

interface NamedLayer {
  readonly layer: LayerName
  readonly name?: string
  readonly document: PolicyDocument
}

/** `agent`, or of a workspace's policy of that name `workspace/clinic`: what rule ids begin with. */
export function layerPrefix({ layer, name }: Pick<NamedLayer, 'layer' | 'name'>): string {
  return name === undefined ? layer : `${layer}/${name}`
}

export function compileSections(layers: readonly NamedLayer[]): CompiledSections {
  return {
    escalation: listed(layers, 'escalation_rules', 'escalation'),
    windows: listed(layers, 'sleep_windows', 'window'),
    caps: listed(layers, 'contact_caps', 'cap'),
    fatigue: single(layers, 'fatigue'),
    topics: listed(layers, 'topic_cooldowns', 'topic'),
    pii: single(layers, 'pii'),
    tools: listed(layers, 'tool_rules', 'tool'),
  }
}

/** Zones are compiled by themselves. */
type Lists = Pick<PolicyDocument, Exclude<RuleSection, 'no_go_zones'>>

function listed<Section extends keyof Lists>(
  layers: readonly NamedLayer[],
  section: Section,
  prefix: string,
): readonly CompiledRule<Lists[Section][number]>[] {
  return layers.flatMap((layer) =>
    layer.document[section].map((rule, index) => ({
      ruleId: `${layerPrefix(layer)}/${prefix}.${rule.name}`,
      layer: layer.layer,
      floor: rule.floor,
      rule,
      pointer: `/${section}/${index}`,
    })),
  )
}

function single<Section extends 'fatigue' | 'pii'>(
  layers: readonly NamedLayer[],
  section: Section,
): readonly CompiledRule<NonNullable<PolicyDocument[Section]>>[] {
  return layers.flatMap((layer) => {
    const rule = layer.document[section]
    if (rule === undefined) return []
    const ruleId = `${layerPrefix(layer)}/${section}`
    return [{ ruleId, layer: layer.layer, floor: rule.floor, rule, pointer: `/${section}` }]
  })
}
