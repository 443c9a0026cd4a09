// Reference, alert rules and dashboard against the metrics there are: the page is fresh, every metric that a rule or a panel
// names exists with the labels it names, every rule leads to its place in docs/operating.md. Prometheus itself parses the
// rules where it is installed; here names, structure, durations and parentheses are checked.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import * as z from 'zod'
import { METERS } from '../../src/api/meters.ts'
import { anchorsOf } from '../support/docs-read.ts'
import { metricsPage, standardMeters } from '../support/docs-metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const rule = z.strictObject({
  alert: z.string().regex(/^Stkr[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(/^\d+[smh]$/),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook: z.string() }),
})
const rulesShape = z.strictObject({
  groups: z.tuple([z.strictObject({ name: z.literal('stkr'), rules: z.array(rule).min(10) })]),
})
const dashboardShape = z.object({
  title: z.string(),
  uid: z.string(),
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      type: z.enum(['row', 'stat', 'timeseries']),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
})

const { rules } = rulesShape.parse(parse(read('deploy/prometheus/rules.yaml'))).groups[0]
const dashboard = dashboardShape.parse(JSON.parse(read('deploy/grafana/dashboard.json')))
const expressions = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
]

/** Labels that Prometheus adds to everything it scrapes. */
const SCRAPED = ['instance', 'job']
const standard = await standardMeters()

/** A metric with its selector and what is grouped by, as far as names go. */
const metricsIn = (expr: string): readonly (readonly [name: string, selector: string])[] =>
  [...expr.matchAll(/\b((?:stkr|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g)].map((found) => [
    found[1] ?? '',
    found[2] ?? '',
  ])

const labelsOf = (name: string): readonly string[] | undefined => {
  if (name === 'up') return []
  const own: readonly string[] | undefined = Object.entries(METERS).find(([meter]) => meter === name)?.[1].labels
  return own ?? (standard.some((meter) => meter.name === name) ? [] : undefined)
}

const deployed = suite('deploy: metrics, alerts, dashboard')

deployed('docs/metrics.md is fresh', async () => {
  const options = { ...(await resolveConfig(join(ROOT, 'docs/metrics.md'))), parser: 'markdown' }
  assert.is(read('docs/metrics.md'), await format(await metricsPage(), options), 'npm run metrics mends it')
})

deployed('every metric and label that is named exists', () => {
  assert.ok(expressions.length > 30, 'expressions were found')
  for (const { where, expr } of expressions) {
    const metrics = metricsIn(expr)
    assert.ok(metrics.length > 0, `${where}: no metric in ${expr}`)
    const known = new Set(SCRAPED)
    for (const [name, selector] of metrics) {
      const labels = labelsOf(name)
      assert.ok(labels, `${where}: there is no ${name}`)
      for (const label of labels) known.add(label)
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        assert.ok([...SCRAPED, ...labels].includes(label), `${where}: ${name} has no label ${label}`)
    }
    for (const [, by = ''] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g))
      for (const label of by.split(', ')) assert.ok(known.has(label), `${where}: nothing has a label ${label}`)
  }
})

deployed('expressions are balanced, and counters alone are rated', () => {
  for (const { where, expr } of expressions) {
    for (const [open, close] of ['()', '[]', '{}'].map((pair) => [...pair] as [string, string]))
      assert.is(expr.split(open).length, expr.split(close).length, `${where}: ${open}${close}`)
    for (const [, name = ''] of expr.matchAll(/\b(?:rate|increase)\((\w+)/g)) assert.match(name, /_total$/, where)
    for (const [, name = ''] of expr.matchAll(/\b(?:changes|predict_linear)\((\w+)/g)) assert.not.match(name, /_total$/)
  }
})

deployed('counters end in _total and gauges do not; labels are bounded', () => {
  for (const [name, { type, labels, most }] of Object.entries(METERS)) {
    assert.is(name.endsWith('_total'), type === 'counter', name)
    assert.ok(labels.length === 0 ? most === 1 : most <= 128, name)
  }
})

deployed('every alert once, with its entry in docs/operating.md, and every entry an alert', () => {
  const names = rules.map(({ alert }) => alert)
  assert.is(new Set(names).size, names.length)
  const page = read('docs/operating.md')
  const anchors = anchorsOf(page)
  for (const { alert, annotations } of rules) {
    assert.is(annotations.runbook, `docs/operating.md#${alert.toLowerCase()}`)
    assert.ok(anchors.includes(alert.toLowerCase()), `docs/operating.md has no heading ${alert}`)
  }
  assert.equal(
    [...page.matchAll(/^#### (Stkr\w+)$/gm)].map((found) => found[1]),
    names,
  )
})

deployed('templates of summaries name labels that the expression keeps', () => {
  for (const { alert, expr, annotations } of rules) {
    const labels = metricsIn(expr).flatMap(([name]) => labelsOf(name) ?? [])
    for (const [, label = ''] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok([...SCRAPED, ...labels].includes(label), `${alert}: ${label}`)
  }
})

deployed('panels have ids of their own', () => {
  const ids = dashboard.panels.map(({ id }) => id)
  assert.is(new Set(ids).size, ids.length)
})

deployed.run()
