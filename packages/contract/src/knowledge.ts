import { z } from 'zod'
import { idSchema } from './ids.ts'
import { knowledgeSourceTypes, knowledgeStates } from './knowledge-states.ts'
import { languageSchema } from './language.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** What a text that is sent in a body may be; files are told by their bytes. */
export const inlineKnowledgeTypes = ['text', 'markdown', 'html', 'json'] as const

/** A label for people. It is no path anywhere, and nothing of it is ever run or opened. */
const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((name) => !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(name), {
    message: 'expected a name without control characters and invisible ones',
  })
  .meta({ description: 'What people call it, such as the name of the file', example: 'handbook.pdf' })

const sourceLanguageSchema = languageSchema.meta({
  description:
    'Of its words. With en, de, fr or es a search knows their endings; otherwise each word stands for itself',
})

export const createKnowledgeSchema = strictFields({
  name: nameSchema,
  text: z.string().min(1).max(1_000_000),
  type: z.enum(inlineKnowledgeTypes).default('text'),
  language: sourceLanguageSchema.optional(),
}).meta({ id: 'CreateKnowledge' })

/** What stands in the query of a file; its bytes are the whole body. */
export const uploadKnowledgeQuerySchema = strictFields({
  name: nameSchema.optional().meta({ description: 'May be left out where a form names its file' }),
  language: sourceLanguageSchema.optional(),
})

export const updateKnowledgeSchema = strictFields({ name: nameSchema }).meta({ id: 'UpdateKnowledge' })

/** Nothing to say, and no field that could be meant for something. */
export const reprocessKnowledgeSchema = strictFields({}).meta({ id: 'ReprocessKnowledge' })

export const knowledgeSchema = strictFields({
  id: idSchema('knowledge'),
  name: z.string(),
  source_type: z.enum(knowledgeSourceTypes),
  media_type: z.string().meta({ description: 'What it is read as, told by its bytes', example: 'application/pdf' }),
  language: z.string().nullable(),
  byte_count: z.int().min(0),
  sha256: z.string().meta({ description: 'SHA-256 of the bytes as they were sent, hex' }),
  state: z.enum(knowledgeStates),
  progress: strictFields({ done: z.int().min(0), total: z.int().min(0).nullable() })
    .nullable()
    .meta({ description: 'While it is read: pages or parts first, passages then; null otherwise' }),
  error: strictFields({
    code: z.string().meta({ description: 'Of the catalogue', example: 'knowledge.encrypted' }),
    title: z.string().meta({ description: 'What is wrong' }),
    detail: z.string().nullable().meta({ description: 'What to do about it' }),
  })
    .nullable()
    .meta({ description: 'Why reading it failed; what was found before goes on being searched' }),
  chunk_count: z.int().min(0).meta({ description: 'Passages that an agent can find now' }),
  character_count: z.int().min(0).meta({ description: 'Of these passages together' }),
  revision: z.int().min(0).meta({ description: 'How often it was read to its end' }),
  created_by: z.string().meta({ description: 'Id of the key or the operator that sent it' }),
  created_at: timestampSchema,
  updated_at: timestampSchema,
  processed_at: timestampSchema.nullable().meta({ description: 'When it was last read to its end' }),
}).meta({ id: 'Knowledge' })

export const knowledgeChunkSchema = strictFields({
  id: idSchema('chunk'),
  position: z.int().min(0).meta({ description: 'Its place in the document, from 0' }),
  heading_path: z.array(z.string()).meta({ description: 'The headings that it stands under, outermost first' }),
  page: z.int().nullable().meta({ description: 'Of the document, from 1; null where it has no pages' }),
  text: z.string().meta({ description: 'As the document has it: the word of whoever wrote it' }),
  character_count: z.int().min(0),
}).meta({ id: 'KnowledgeChunk' })
