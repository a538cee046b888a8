import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../../src/node/index.ts';
import { ask, stand } from '../http/harness.ts';

// What stands in deploy/ is checked here as far as it can be without a cluster of containers: that it has the shape its
// readers expect (the part of it that is used, and nothing besides), and that all it names exists.

function read(name: string): string {
  return readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');
}

const text = v.pipe(v.string(), v.minLength(1));
const duration = v.pipe(v.string(), v.regex(/^[0-9]+[smh]$/));
const names = v.record(v.string(), text);
const metadata = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)),
  labels: v.optional(names),
  annotations: v.optional(names),
});
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const service = v.strictObject({
  apiVersion: v.literal('v1'),
  kind: v.literal('Service'),
  metadata,
  spec: v.strictObject({
    clusterIP: v.optional(v.literal('None')),
    publishNotReadyAddresses: v.optional(v.boolean()),
    selector: names,
    ports: v.array(v.strictObject({ name: text, port })),
  }),
});
const budget = v.strictObject({
  apiVersion: v.literal('policy/v1'),
  kind: v.literal('PodDisruptionBudget'),
  metadata,
  spec: v.strictObject({ maxUnavailable: v.literal(1), selector: v.strictObject({ matchLabels: names }) }),
});
const probe = v.strictObject({
  httpGet: v.strictObject({
    path: text,
    port: v.literal('http'),
    httpHeaders: v.array(v.strictObject({ name: text, value: text })),
  }),
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
});
const container = v.strictObject({
  name: text,
  image: text,
  command: v.array(text),
  env: v.array(v.strictObject({ name: text, value: text })),
  ports: v.array(v.strictObject({ name: text, containerPort: port })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: v.strictObject({ requests: names, limits: names }),
  securityContext: v.strictObject({
    allowPrivilegeEscalation: v.boolean(),
    readOnlyRootFilesystem: v.boolean(),
  }),
  volumeMounts: v.array(v.strictObject({ name: text, mountPath: text, readOnly: v.optional(v.boolean()) })),
});
const volume = v.strictObject({
  name: text,
  configMap: v.optional(v.strictObject({ name: text })),
  secret: v.optional(v.strictObject({ secretName: text, defaultMode: v.literal(0o400) })),
});
const statefulSet = v.strictObject({
  apiVersion: v.literal('apps/v1'),
  kind: v.literal('StatefulSet'),
  metadata,
  spec: v.strictObject({
    serviceName: text,
    replicas: count,
    podManagementPolicy: v.literal('Parallel'),
    selector: v.strictObject({ matchLabels: names }),
    updateStrategy: v.strictObject({ type: v.literal('RollingUpdate') }),
    template: v.strictObject({
      metadata: v.strictObject({ labels: names, annotations: names }),
      spec: v.strictObject({
        terminationGracePeriodSeconds: count,
        securityContext: v.strictObject({ runAsNonRoot: v.literal(true), runAsUser: count, fsGroup: count }),
        containers: v.array(container),
        volumes: v.array(volume),
      }),
    }),
    volumeClaimTemplates: v.array(
      v.strictObject({
        metadata,
        spec: v.strictObject({
          accessModes: v.tuple([v.literal('ReadWriteOncePod')]),
          resources: v.strictObject({ requests: names }),
        }),
      }),
    ),
  }),
});
const manifests = v.strictObject({
  apiVersion: v.literal('v1'),
  kind: v.literal('List'),
  items: v.array(v.variant('kind', [service, budget, statefulSet])),
});
const compose = v.strictObject({
  name: text,
  services: v.record(
    v.string(),
    v.strictObject({
      image: v.pipe(v.string(), v.regex(/^[a-z0-9./-]+:[a-z0-9.-]+$/)),
      working_dir: v.optional(text),
      command: v.optional(v.array(text)),
      user: v.optional(text),
      restart: v.optional(v.picklist(['no', 'always', 'on-failure', 'unless-stopped'])),
      init: v.optional(v.boolean()),
      stop_grace_period: v.optional(duration),
      environment: v.optional(names),
      ports: v.optional(v.array(text)),
      volumes: v.optional(v.array(text)),
      depends_on: v.optional(v.array(text)),
      healthcheck: v.optional(
        v.strictObject({
          test: v.array(text),
          interval: duration,
          timeout: duration,
          start_period: duration,
          retries: count,
        }),
      ),
    }),
  ),
  volumes: v.record(v.string(), v.strictObject({})),
});
const alerts = v.strictObject({
  groups: v.array(
    v.strictObject({
      name: text,
      rules: v.array(
        v.strictObject({
          alert: v.pipe(v.string(), v.regex(/^Quorumcast[A-Za-z]+$/)),
          expr: text,
          for: v.optional(duration),
          labels: v.strictObject({ severity: v.picklist(['warning', 'critical']) }),
          annotations: v.strictObject({ summary: text, action: text, runbook: text }),
        }),
      ),
    }),
  ),
});
const dashboard = v.object({
  schemaVersion: count,
  panels: v.array(v.object({ id: count, title: text, targets: v.array(v.object({ expr: text })) })),
});

const rules = v.parse(alerts, JSON.parse(read('alerts.json'))).groups.flatMap((group) => group.rules);
const { panels } = v.parse(dashboard, JSON.parse(read('dashboard.json')));

function metricsIn(expression: string): string[] {
  return (expression.match(/quorumcast_[a-z_]+/g) ?? []).map((name) => name.replace(/_bucket$/, ''));
}

describe('alerts and dashboard', () => {
  const used = new Set([
    ...rules.flatMap(({ expr }) => metricsIn(expr)),
    ...panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))),
  ]);

  test('name only metrics that a node has, and use each that is documented', async () => {
    const { port: at } = await stand();
    const scraped = (await ask(at, '/metrics')).text;
    const has = new Set([...scraped.matchAll(/^# TYPE (quorumcast_[a-z_]+)/gm)].map((match) => match[1]));
    expect([...used].filter((name) => !has.has(name))).toEqual([]);
    const documented = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const told = [...documented.matchAll(/^\| `(quorumcast_[a-z_]+)/gm)].map((match) => match[1] ?? '');
    expect(told.filter((name) => !used.has(name))).toEqual([]);
    expect([...has].filter((name) => !told.includes(name ?? ''))).toEqual([]);
  });

  test('every alert is explained where it points to', () => {
    const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(operations, alert).toContain(`### ${alert}\n`);
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('what runs a member elsewhere', () => {
  const variables = new Set(SETTINGS.map(({ env }) => env));

  test('Kubernetes: the shape is right, probes and volumes name what is there, one pod at a time goes', async () => {
    const { items } = v.parse(manifests, JSON.parse(read('kubernetes.json')));
    const set = items.find((item) => item.kind === 'StatefulSet');
    if (set?.kind !== 'StatefulSet') throw new Error('there is one');
    const { serviceName, template, selector, volumeClaimTemplates } = set.spec;
    expect(template.metadata.labels).toEqual(selector.matchLabels);
    expect(items.some((item) => item.kind === 'Service' && item.metadata.name === serviceName)).toBe(true);
    const volumes = [...template.spec.volumes, ...volumeClaimTemplates.map((claim) => claim.metadata)];
    const { port: at } = await stand();
    for (const { env, volumeMounts, livenessProbe, readinessProbe } of template.spec.containers) {
      expect(env.filter(({ name }) => !variables.has(name))).toEqual([]);
      for (const { name } of volumeMounts) expect(volumes.map((each) => each.name)).toContain(name);
      expect((await ask(at, livenessProbe.httpGet.path)).status).toBe(200);
      expect([200, 503]).toContain((await ask(at, readinessProbe.httpGet.path)).status);
    }
  });

  test('Docker Compose: the shape is right, and variables and volumes are known', () => {
    const { services, volumes } = v.parse(compose, JSON.parse(read('compose.json')));
    for (const { environment = {}, volumes: mounts = [], depends_on: needs = [] } of Object.values(
      services,
    )) {
      expect(Object.keys(environment).filter((name) => !variables.has(name))).toEqual([]);
      for (const need of needs) expect(Object.keys(services)).toContain(need);
      for (const mount of mounts.filter((each) => !each.startsWith('.'))) {
        expect(Object.keys(volumes)).toContain(mount.split(':')[0]);
      }
    }
  });

  test('systemd: every line is a section, a setting or a remark', () => {
    const lines = read('quorumcast.service')
      .split('\n')
      .filter((line) => line !== '');
    for (const line of lines) expect(line).toMatch(/^(\[(Unit|Service|Install)\]|#.*|[A-Z][A-Za-z]+=.+)$/);
    expect(lines).toContain('RestartPreventExitStatus=78');
  });
});
