/** The same for suites across packages. */
export { freshDatabase } from '../../packages/server/src/test-harness/fresh-database.ts'
export { startTestCluster, type TestCluster } from '../../packages/server/src/test-harness/start-test-cluster.ts'
