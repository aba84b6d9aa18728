import { checkHealth } from './health.ts';
import type { Parts, Route } from './route.ts';
import { sendJson, sendText } from './respond.ts';

const HEALTH_SCHEMA = {
  type: 'object', required: ['ready', 'version', 'checks'],
  properties: {
    ready: { type: 'boolean' }, version: { type: 'string' },
    checks: {
      type: 'array',
      items: {
        type: 'object', required: ['name', 'ok', 'durationMs'],
        properties: { name: { type: 'string' }, ok: { type: 'boolean' }, durationMs: { type: 'integer', description: 'Milliseconds.' } },
      },
    },
  },
};

async function metricsText(parts: Parts): Promise<string> {
  const counts = await parts.reads.builds.countByState().catch(() => []);
  for (const { state, count } of counts) parts.metrics.set('provenroot_builds', 'Builds on record by state.', { state }, count);
  const { heapUsed, rss } = process.memoryUsage();
  parts.metrics.set('process_resident_memory_bytes', 'Resident memory of the API process.', {}, rss);
  parts.metrics.set('nodejs_heap_used_bytes', 'Heap in use.', {}, heapUsed);
  return parts.metrics.text();
}

export const STATE_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/healthz', id: 'getHealthz', summary: 'Whether the process answers at all', parameters: [],
    answers: { 200: { description: 'It does.', type: 'application/json', schema: { type: 'object', required: ['ok'], properties: { ok: { const: true } } } } },
    serve: async (_, { response }) => sendJson(response, 200, { ok: true }),
  },
  {
    method: 'GET', path: '/readyz', id: 'getReadyz', summary: 'Whether builds can be read and started', parameters: [],
    answers: {
      200: { description: 'Ready.', type: 'application/json', schema: HEALTH_SCHEMA },
      503: { description: 'Not ready; the checks say why.', type: 'application/json', schema: HEALTH_SCHEMA },
    },
    serve: async (parts, { response }) => {
      const health = await checkHealth(parts);
      sendJson(response, health.ready ? 200 : 503, health);
    },
  },
  {
    method: 'GET', path: '/metrics', id: 'getMetrics', summary: 'Counts for Prometheus', parameters: [],
    answers: { 200: { description: 'Exposition format 0.0.4.', type: 'text/plain' } },
    serve: async (parts, { response }) => sendText(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metricsText(parts)),
  },
];
