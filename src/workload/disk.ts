// When a disk is full if it goes on filling as it did: a straight line (least squares) through what was free of late.

export interface FreeSample {
  readonly at: number
  readonly freeBytes: number
}

/** Moment (unix ms) at which nothing is free; undefined when it does not fill up, or too little is known. */
export function fullAt(samples: readonly FreeSample[]): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || samples.length < 3) return undefined
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  // Near zero, where floating point is exact enough.
  const points = samples.map(({ at, freeBytes }) => ({ x: at - first.at, y: freeBytes - first.freeBytes }))
  const middle = { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) }
  const spread = points.reduce((sum, { x }) => sum + (x - middle.x) ** 2, 0)
  if (spread === 0) return undefined
  const slope = points.reduce((sum, { x, y }) => sum + (x - middle.x) * (y - middle.y), 0) / spread
  return slope < 0 ? last.at + last.freeBytes / -slope : undefined
}
