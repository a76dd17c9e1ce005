-- What agents know (voice-runtime 6): sources, what was cut out of them, and the index that passages are found by.

-- A source. Its bytes lie in the object store, sealed.
create table tenant.knowledge (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  source_type text not null check (source_type in ('file', 'inline')),
  media_type text not null check (char_length(media_type) between 1 and 100),
  -- Of its words, as in en or en-GB; null where nobody said it and it could not be told.
  language text check (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  byte_count integer not null check (byte_count >= 0),
  content_sha256 bytea not null check (octet_length(content_sha256) = 32),
  state text not null default 'queued' check (state in ('queued', 'processing', 'ready', 'failed')),
  error_code text check (char_length(error_code) between 1 and 100),
  -- Our words only, never those of a document.
  error_detail text check (char_length(error_detail) between 1 and 500),
  progress_done integer not null default 0 check (progress_done >= 0),
  progress_total integer check (progress_total >= 0),
  chunk_count integer not null default 0 check (chunk_count >= 0),
  character_count integer not null default 0 check (character_count >= 0),
  -- The chunks that are searched are those of this revision; 0 has none. Reprocessing makes the next one beside it.
  revision integer not null default 0 check (revision >= 0),
  attempts integer not null default 0 check (attempts >= 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  processed_at timestamptz,
  primary key (workspace_id, id),
  check ((state = 'failed') = (error_code is not null)),
  check (error_code is not null or error_detail is null),
  check (state <> 'ready' or processed_at is not null)
);
call app.protect_table('tenant.knowledge');
grant select, insert, update, delete on tenant.knowledge to hyponema_app, hyponema_worker;

-- A passage, sealed under the key of the workspace with its headings and its page.
create table tenant.knowledge_chunks (
  workspace_id uuid not null,
  id uuid not null,
  knowledge_id uuid not null,
  revision integer not null check (revision >= 1),
  position integer not null check (position >= 0),
  character_count integer not null check (character_count >= 0),
  content bytea not null check (octet_length(content) <= 65536),
  primary key (workspace_id, id),
  unique (workspace_id, knowledge_id, revision, position),
  foreign key (workspace_id, knowledge_id) references tenant.knowledge (workspace_id, id) on delete cascade
);
call app.protect_table('tenant.knowledge_chunks');
grant select on tenant.knowledge_chunks to hyponema_app;
grant select, insert, delete on tenant.knowledge_chunks to hyponema_worker;

-- The words of each passage. Row security switches the index of a text search off (its operator is not leakproof), so a
-- role that nobody can be owns this table and the function that reads it; after the steps an administrator hands both to
-- it (every-time/search-owner.sql). Its owner is therefore not bound, and the policy holds for everybody else.
create table tenant.knowledge_index (
  workspace_id uuid not null,
  chunk_id uuid not null,
  knowledge_id uuid not null,
  revision integer not null check (revision >= 1),
  terms tsvector not null,
  primary key (workspace_id, chunk_id),
  foreign key (workspace_id, chunk_id) references tenant.knowledge_chunks (workspace_id, id) on delete cascade
);
-- Without a list of what is pending: every search would walk it, whosever rows stand there.
create index knowledge_index_by_term on tenant.knowledge_index using gin (terms) with (fastupdate = off);
alter table tenant.knowledge_index enable row level security;
create policy workspace_scope on tenant.knowledge_index as permissive for all to public
  using (workspace_id = app.current_workspace()) with check (workspace_id = app.current_workspace());
-- Searched by the function alone. Rows leave with their passages.
grant select, insert on tenant.knowledge_index to hyponema_worker;

-- In how many passages of a source each word stands, from four on; '' stands in all. What is searched for is chosen by it.
-- It belongs to the same role, which the policy binds here: a key finds these rows.
create table tenant.knowledge_words (
  workspace_id uuid not null,
  knowledge_id uuid not null,
  revision integer not null check (revision >= 1),
  word text not null,
  chunks integer not null check (chunks >= 1),
  primary key (workspace_id, knowledge_id, revision, word),
  foreign key (workspace_id, knowledge_id) references tenant.knowledge (workspace_id, id) on delete cascade
);
call app.protect_table('tenant.knowledge_words');
grant select, insert, delete on tenant.knowledge_words to hyponema_worker;

-- What every word of one revision of one source begins with in the index. A word has a list of its own there for each
-- of them, so that neither a search nor its cost knows what other sources and other workspaces hold.
create function app.knowledge_prefix(source uuid, revision integer) returns text
  language sql immutable parallel safe
  return left(encode(sha256(convert_to(source::text || ':' || revision::text, 'UTF8')), 'base64'), 6);

-- Each word once: A where it stands in a heading, else B, C and D for three times and more, twice and once.
create function app.knowledge_terms(source uuid, revision integer, config regconfig, headings text, words text) returns tsvector
  language sql immutable parallel safe
  return (
    select coalesce(string_agg(
      '''' || app.knowledge_prefix(source, revision) || replace(replace(t.lexeme, '\', '\\'), '''', '''''') || ''':1'
        || case when 'A' = any (t.weights) then 'A' when cardinality(t.positions) >= 3 then 'B'
             when cardinality(t.positions) = 2 then 'C' else 'D' end, ' '), '')::tsvector
    from unnest(setweight(to_tsvector(config, headings), 'A') || to_tsvector(config, words)) as t
    -- What is longer is no word that anybody says.
    where octet_length(t.lexeme) <= 200
  );
grant execute on function app.knowledge_terms(uuid, integer, regconfig, text, text) to hyponema_worker;
grant execute on function app.knowledge_prefix(uuid, integer) to hyponema_worker;

-- The one way into the index. No argument names a workspace; without a scope it raises. `sources` are read in the revision
-- and the words of the question in the language that stand at the same place. Best first, at most `most`.
--
-- What it may cost does not depend on the words. How often each of them occurs is looked up first. The rarest ones, as long
-- as they occur in 1,000 passages together, are each looked for; of what is left the two rarest are looked for where they
-- stand together, in the sources where walking their lists takes at most 20,000 steps, and one alone where nothing else was
-- found. Of the 300 best the other words are weighed too. A sequential scan would read everybody's rows: it is never worth
-- its while here, and the planner cannot know.
create function app.search_knowledge(question text, sources uuid[], revisions integer[], configs regconfig[], most integer)
  returns table (chunk_id uuid, knowledge_id uuid, score double precision)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if app.current_workspace() is null then
    raise exception 'no workspace scope is set' using errcode = 'HS001';
  end if;
  -- Nothing that is left out counts as in range.
  if (cardinality(sources) <= 50 and cardinality(revisions) = cardinality(sources) and cardinality(configs) = cardinality(sources)
    and most between 1 and 50 and char_length(question) <= 2000) is not true then
    raise exception 'search_knowledge: arguments out of range' using errcode = '22023';
  end if;
  return query
    with source as materialized (
      select s.id, s.revision, s.config, app.knowledge_prefix(s.id, s.revision) as prefix
      from unnest(sources, revisions, configs) as s (id, revision, config)
    ), word as materialized (
      select c.config, w.lexeme from (select distinct s.config from source s) c
      cross join lateral (
        select t.lexeme from unnest(tsvector_to_array(to_tsvector(c.config, question))) as t (lexeme)
        order by char_length(t.lexeme) desc, t.lexeme limit 32
      ) w
    ), spread as materialized (
      -- In how many passages of each source each word stands. Fewer than four are not kept.
      select w.config, w.lexeme, s.id, coalesce(k.chunks, 1) as chunks,
        '''' || s.prefix || replace(replace(w.lexeme, '\', '\\'), '''', '''''') || '''' as key
      from word w join source s on s.config = w.config
      left join tenant.knowledge_words k on k.workspace_id = app.current_workspace()
        and k.knowledge_id = s.id and k.revision = s.revision and k.word = w.lexeme
    ), whole as materialized (
      select coalesce(sum(k.chunks), 0) as chunks from source s
      join tenant.knowledge_words k on k.workspace_id = app.current_workspace()
        and k.knowledge_id = s.id and k.revision = s.revision and k.word = ''
    ), term as materialized (
      select t.*, sum(t.chunks) over (order by t.chunks, t.config, t.lexeme) <= 1000 as is_rare,
        ln(1 + greatest((select whole.chunks from whole), t.chunks) / t.chunks::numeric)::double precision as rarity
      from (
        select p.config, p.lexeme, sum(p.chunks) as chunks, string_agg(p.key, ' | ')::tsquery as query from spread p group by 1, 2
      ) t
    ), hit as materialized (
      -- The index alone finds them: what a word begins with is the source's own, and the scope is asked below.
      select t.rarity * ts_rank('{0.5, 0.65, 0.75, 1}', h.terms, t.query) as weight, h.*
      from term t cross join lateral (
        select i.workspace_id, i.chunk_id, i.knowledge_id, i.revision, i.terms
        from tenant.knowledge_index i where i.terms @@ t.query limit 1000
      ) h
      where t.is_rare
    ), frequent as materialized (
      select p.id, p.chunks, p.key, t.rarity, p.key::tsquery as query,
        row_number() over (partition by p.id order by t.chunks, t.lexeme) as place
      from term t join spread p on p.config = t.config and p.lexeme = t.lexeme where not t.is_rare
    ), pair as materialized (
      select concat_ws(' & ', a.key, b.key)::tsquery as both, a.query as one,
        sum(least(a.chunks, b.chunks)) over (order by a.id) as walked, sum(a.chunks) over (order by a.id) as walked_alone
      from frequent a left join frequent b on b.id = a.id and b.place = 2 where a.place = 1
    ), together as materialized (
      select h.* from pair p cross join lateral (
        select i.workspace_id, i.chunk_id, i.knowledge_id, i.revision, i.terms
        from tenant.knowledge_index i where i.terms @@ p.both limit (select greatest(10, 500 / count(*)) from pair)
      ) h
      where p.walked <= 20000
    ), alone as materialized (
      select h.* from pair p cross join lateral (
        select i.workspace_id, i.chunk_id, i.knowledge_id, i.revision, i.terms
        from tenant.knowledge_index i where i.terms @@ p.one limit (select greatest(10, 500 / count(*)) from pair)
      ) h
      where p.walked_alone <= 20000 and not exists (select 1 from hit) and not exists (select 1 from together)
    ), candidate as materialized (
      select c.chunk_id, c.knowledge_id, c.terms, sum(c.weight) as weight from (
        select h.weight, h.workspace_id, h.chunk_id, h.knowledge_id, h.revision, h.terms from hit h
        union all select 0, t.* from together t
        union all select 0, o.* from alone o
      ) c join source s on s.id = c.knowledge_id and s.revision = c.revision
      where c.workspace_id = app.current_workspace()
      group by 1, 2, 3 order by 4 desc, 1 limit 300
    )
    select c.chunk_id, c.knowledge_id, c.weight + coalesce(sum(f.rarity * ts_rank('{0.5, 0.65, 0.75, 1}', c.terms, f.query)), 0)
    from candidate c left join frequent f on f.id = c.knowledge_id
    group by c.chunk_id, c.knowledge_id, c.weight order by 3 desc, 1 limit most;
end
$$;

-- All that its owner has elsewhere: the names of what it owns, the scope, and how words begin.
grant usage on schema tenant, app to hyponema_search;
grant execute on function app.current_workspace(), app.knowledge_prefix(uuid, integer) to hyponema_search;
grant execute on function app.search_knowledge(text, uuid[], integer[], regconfig[], integer) to hyponema_app;

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  -- A source waits to be read.
  ('knowledge', 'hyponema_worker', true, true);
