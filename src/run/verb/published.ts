import { distance } from 'fastest-levenshtein';

import { TokometerError } from '../../base/errors.ts';
import { modelIdentity } from '../../catalog/model-identity.ts';
import type { PublishedSpeed } from '../../catalog/published-document.ts';
import {
  findPublishedSpeeds,
  listPublishedSpeeds,
  publishedModels,
  type PublishedQuery,
} from '../../catalog/published-speeds.ts';

const nearestNames = 3;

/** Published rows that answer to the query. Throws E_USAGE, with what there is near to it, when there is none. */
export function lookUpPublished(query: PublishedQuery): readonly PublishedSpeed[] {
  const rows = findPublishedSpeeds(query);
  if (rows.length > 0) return rows;
  throw new TokometerError('E_USAGE', `no published row has ${describe(query)}`, { hint: whatThereIs(query) });
}

function describe({ model, framework, hardware, quantization, promptTokens }: PublishedQuery): string {
  const asked = { model, framework, hardware, quantization, 'input-length': promptTokens };
  return Object.entries(asked)
    .flatMap(([flag, value]) => (value === null ? [] : [`--${flag} ${value}`]))
    .join(' ');
}

function whatThereIs(query: PublishedQuery): string {
  const nothing = { model: null, framework: null, hardware: null, quantization: null, promptTokens: null };
  const isKnown = query.model === null || findPublishedSpeeds({ ...nothing, model: plainName(query.model) }).length > 0;
  if (!isKnown) return `the nearest models: ${nearestTo(plainName(query.model ?? '')).join(', ')}`;
  const rows =
    query.model === null ? listPublishedSpeeds() : findPublishedSpeeds({ ...nothing, model: plainName(query.model) });
  const of = (value: (row: PublishedSpeed) => string): string => [...new Set(rows.map(value))].join(', ');
  return (
    `${query.model === null ? 'there are' : `${rows[0]?.model} has`} ${of((row) => row.framework)}; ` +
    `${of((row) => row.quantization)}; ${of((row) => row.document.hardware)}; ` +
    `${of((row) => String(row.promptTokens))} prompt tokens`
  );
}

function plainName(written: string): string {
  return modelIdentity(written).name;
}

function nearestTo(name: string): string[] {
  const wanted = name.toLowerCase();
  return publishedModels()
    .map((model) => ({ model, apart: distance(wanted, model.toLowerCase()) }))
    .toSorted((one, other) => one.apart - other.apart)
    .slice(0, nearestNames)
    .map(({ model }) => model);
}
