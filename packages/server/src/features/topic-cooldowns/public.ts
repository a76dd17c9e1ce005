export { startTopicCooldown } from './start-topic-cooldown.ts'
export { findRestingTopics } from './store.ts'
