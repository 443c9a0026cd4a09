// The workload of a job we won, when it is the blockchain node that runs beside the sidecar already: it is ready when the
// node answers and says that it is in sync. Whoever starts other workloads puts an endpoint of theirs in its place; audits
// confirm afterwards what is claimed here.

import type { JobHost, Workload } from '../core/ports.ts'

/** Blocks behind its peers with which a node still counts as in sync. */
const LAG_MAX_BLOCKS = 8

export const createJobHost = (workload: Workload): JobHost => ({
  // Faults of the workload reach the caller, who asks again: a node that does not answer is not ready.
  ready: async (_job, signal) => (await workload.status(signal)).syncDistance <= LAG_MAX_BLOCKS,
})
