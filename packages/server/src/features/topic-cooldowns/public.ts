export { startTopicCooldown } from './start-topic-cooldown.ts'
export { deleteOldCooldowns, findRestingTopics } from './store.ts'
