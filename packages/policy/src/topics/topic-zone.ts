import type { NoGoZone, TopicCooldown } from '@hyponema/contract'

/** A topic as the output gate sees it: what raises it is replaced by its line, sentence by sentence. The dot in the name is ours alone. */
export function topicZone({ name, label, phrases, examples, line, floor }: TopicCooldown): NoGoZone {
  return {
    name: `topic.${name}`,
    label: label ?? name.replaceAll(/[_-]/g, ' '),
    phrases,
    regexes: [],
    examples,
    counter_examples: [],
    languages: [],
    stages: ['output'],
    action: 'redirect',
    line,
    scope: 'sentence',
    floor,
    unless: [],
    priority: 0,
  }
}
