import { configSchema } from './schema.ts';

/** The JSON Schema of `quorumcast.json`, for editors. Rules that JSON Schema cannot express are left to the node. */
export async function configJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { toJsonSchema } = await import('@valibot/to-json-schema');
  const schema = toJsonSchema(configSchema, {
    errorMode: 'ignore',
    // Unknown keys are refused by the reader; the schema has to say so itself.
    overrideSchema: ({ jsonSchema }) =>
      jsonSchema.type === 'object' ? { ...jsonSchema, additionalProperties: false } : undefined,
  });
  return { title: 'quorumcast.json', ...schema } as Readonly<Record<string, unknown>>;
}
