import type { CompiledPolicy } from '../compile/compiled-policy.ts'

/** What a save shows of the rules that are likenesses and not lists: how well each tells apart what is meant. */
export interface PolicyReport {
  readonly zones: readonly {
    readonly rule_id: string
    readonly examples: number
    readonly threshold: number
    /** Share of the examples that would be found if they were not among them. */
    readonly detection: number
    /** Share of counter examples and ordinary sentences that would be found wrongly. */
    readonly false_alarms: number
    readonly hints: readonly string[]
  }[]
}

export function policyReport(policy: Pick<CompiledPolicy, 'zones'>): PolicyReport {
  return {
    zones: policy.zones.flatMap(({ ruleId, calibration }) => {
      if (calibration === null) return []
      const { examples, threshold, detection, falseAlarms, hints } = calibration
      return [{ rule_id: ruleId, examples, threshold, detection, false_alarms: falseAlarms, hints }]
    }),
  }
}
