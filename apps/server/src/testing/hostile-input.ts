import fc from 'fast-check';
import { z } from 'zod';

/** This is the part of JSON Schema that zod writes for the inputs of procedures. */
export interface JsonSchema {
  type?: string;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
}

const NIL_ID = '00000000-0000-0000-0000-000000000000';
const TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '2026-11-29T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
];
const NUMBERS = [0, -0, 1, -1, 0.5, 60_000, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 1e21, -(2 ** 53), 1e308];
const TEXTS = [
  '',
  ' ',
  'a',
  'ada',
  'Abc-123',
  'TR_VS1',
  'Alt+C',
  '\0',
  'a\0b',
  '\ud800',
  '%',
  '_',
  '\\',
  "'",
  '😀',
  '‮',
  '０',
  'x'.repeat(300),
];
/** Cursors are JSON in base64. These have the forms of all that there are, with values at the ends of what a column holds. */
const CURSORS = [
  ...['newest', 'oldest', 'largest', 'longest'].flatMap((sort) =>
    ['0', '2147483648', '253402300800000', '999999999999999999'].map((text) => [sort, text, NIL_ID]),
  ),
  ...[0, 253_402_300_800_000, 8_640_000_000_000_000].map((timeMs) => [timeMs, NIL_ID]),
  [],
  null,
].map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
const OTHERS = [null, true, [], {}, [[]], { length: -1 }];

/**
 * Makes inputs for a procedure from its schema. Most are what the schema allows, at the edges of that; some are not.
 * @param schema is the procedure's input
 * @param idsFor returns ids that exist for a field's name
 */
export function hostileInputs(
  schema: z.ZodType,
  idsFor: (field: string) => readonly string[],
): fc.Arbitrary<unknown> {
  return hostileValues(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, idsFor);
}

/** Makes the same for a schema that is JSON, such as those of an OpenAPI document. */
export function hostileValues(
  json: JsonSchema,
  idsFor: (field: string) => readonly string[],
): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: fieldOf(json, '', { idsFor, wrong: 0 }) },
    { weight: 1, arbitrary: fieldOf(json, '', { idsFor: (field) => [...idsFor(field), NIL_ID], wrong: 1 }) },
  );
}

interface Choice {
  idsFor: (field: string) => readonly string[];
  /** So many of twelve fields are of a wrong type or beyond what the schema allows. */
  wrong: number;
}

function fieldOf(schema: JsonSchema, name: string, choice: Choice): fc.Arbitrary<unknown> {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map((one) => fieldOf(one, name, choice)));
  if (schema.allOf !== undefined)
    return fc.tuple(...schema.allOf.map((part) => fieldOf(part, name, choice))).map(merge);
  if (schema.type === 'object') {
    const { properties = {}, required = [] } = schema;
    const fields = Object.entries(properties).map(
      ([key, field]) => [key, fieldOf(field, key, choice)] as const,
    );
    return fc.record(Object.fromEntries(fields), { requiredKeys: required });
  }
  const { wrong } = choice;
  return fc.oneof(
    { weight: 12 - wrong, arbitrary: valueOf(schema, name, choice) },
    { weight: wrong, arbitrary: fc.constantFrom(...OTHERS, ...TEXTS, ...NUMBERS) },
  );
}

/** Returns values that the schema allows. */
function valueOf(schema: JsonSchema, name: string, choice: Choice): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'array':
      return fc.array(fieldOf(schema.items ?? {}, name, choice), {
        minLength: schema.minItems ?? 0,
        maxLength: 3,
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
    case 'number': {
      const { minimum = -Infinity, maximum = Infinity } = schema;
      const allowed = [...NUMBERS, minimum, maximum, 5, 10].filter(
        (one) => one >= minimum && one <= maximum && (schema.type === 'number' || Number.isSafeInteger(one)),
      );
      return fc.constantFrom(...allowed);
    }
    case 'string':
      return fc.constantFrom(...allowedTexts(schema, choice.idsFor(name)));
    default:
      return fc.constantFrom(...OTHERS, ...TEXTS, ...NUMBERS);
  }
}

function allowedTexts(
  { format, pattern, minLength = 0, maxLength = Infinity }: JsonSchema,
  ids: readonly string[],
) {
  if (format === 'uuid') return ids;
  if (format === 'date-time') return TIMES;
  const form = pattern === undefined ? null : new RegExp(pattern, 'u');
  const allowed = [...TEXTS, ...CURSORS, 'x'.repeat(Math.min(maxLength, 500))].filter(
    (text) => text.length >= minLength && text.length <= maxLength && (form === null || form.test(text)),
  );
  return allowed.length === 0 ? TEXTS : allowed;
}

function merge(parts: unknown[]): unknown {
  return Object.assign({}, ...parts) as unknown;
}
