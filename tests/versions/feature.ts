/**
 * What SQL has that older servers have not, as far as a text shows it: the first version of each function,
 * column and piece of syntax that teleport uses or might, by the release notes and the documentation.
 */

/** As in `server_version_num`. */
type Version = number;

export interface Feature {
  name: string;
  since: Version;
  pattern: RegExp;
}

/** A word by itself: a function, a column, a catalog. */
function words(since: Version, names: string): Feature[] {
  return names.split(/\s+/).map((name) => ({
    name,
    since,
    pattern: new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, "i"),
  }));
}

function syntax(since: Version, name: string, pattern: RegExp): Feature {
  return { name, since, pattern };
}

const features: readonly Feature[] = [
  ...words(90300, "lateral pg_identify_object json_agg array_remove array_replace"),
  ...words(90300, "pg_event_trigger to_json pg_relation_is_updatable"),
  ...words(90300, "relispopulated indislive json_array_elements json_each json_populate_record"),
  syntax(90300, "materialized view", /\bmaterialized\s+view\b/i),
  syntax(90300, "create schema if not exists", /\bcreate\s+schema\s+if\s+not\s+exists\b/i),
  syntax(90300, "set lock_timeout", /\bset\s+(local\s+)?lock_timeout\b/i),
  syntax(90300, "event triggers", /\bcreate\s+event\s+trigger\b|\breturns\s+event_trigger\b/i),
  syntax(90300, "add value if not exists", /\badd\s+value\s+if\s+not\s+exists\b/i),
  ...words(90400, "record_image_ne record_image_eq to_regclass to_regtype to_regproc cardinality"),
  ...words(90400, "jsonb json_build_object json_object json_to_record make_interval make_date"),
  ...words(90400, "relreplident indisreplident aggkind aggfinalextra aggmtransfn aggminitval"),
  ...words(90400, "aggtransspace json_object_agg pg_filenode_relation to_regoper"),
  syntax(90400, "refresh concurrently", /\brefresh\s+materialized\s+view\s+concurrently\b/i),
  syntax(90400, "with ordinality", /\bwith\s+ordinality\b/i),
  syntax(90400, "rows from", /\brows\s+from\s*\(/i),
  syntax(90400, "within group", /\bwithin\s+group\b/i),
  syntax(90400, "filter (where ...)", /\bfilter\s*\(\s*where\b/i),
  syntax(90400, "an empty select list", /\bselect\s+from\b/i),
  syntax(90400, "OF in to_char", /to_char\([^']*'[^']*OF'/),
  syntax(90400, "alter system", /\balter\s+system\b/i),
  ...words(90500, "regnamespace regrole array_position array_positions relrowsecurity jsonb_set"),
  ...words(90500, "pg_event_trigger_ddl_commands pg_event_trigger_dropped_objects pg_policy"),
  ...words(
    90500,
    "pg_transform relforcerowsecurity to_jsonb jsonb_agg jsonb_build_object to_regrole",
  ),
  ...words(90500, "jsonb_pretty jsonb_strip_nulls pg_get_object_address to_regnamespace"),
  ...words(90500, "pg_identify_object_as_address tablesample"),
  syntax(90500, "grouping sets", /\b(grouping\s+sets|rollup|cube)\s*\(/i),
  ...words(90500, "pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason"),
  syntax(90500, "on conflict", /\bon\s+conflict\b/i),
  syntax(90500, "an alias of what is inserted into", /\binsert\s+into\s+[\w."$]+\s+as\s/i),
  syntax(90500, "set row_security", /\bset\s+(local\s+)?row_security\b/i),
  syntax(90500, "set logged", /\bset\s+(un)?logged\b/i),
  syntax(90500, "if not exists", /\bcreate\s+(unique\s+)?(index|sequence)\s+if\s+not\s+exists\b/i),
  syntax(90500, "skip locked", /\bskip\s+locked\b/i),
  syntax(90500, "allow_connections", /\ballow_connections\b/i),
  ...words(90600, "pg_blocking_pids pg_control_checkpoint num_nulls num_nonnulls parse_ident"),
  ...words(90600, "pg_size_bytes jsonb_insert"),
  ...words(90600, "proparallel aggcombinefn aggserialfn aggdeserialfn pg_index_has_property"),
  syntax(90600, "pg_control_system()", /\bpg_control_system\s*\(/i),
  syntax(90600, "current_setting(name, true)", /\bcurrent_setting\([^()]*,\s*true\s*\)/i),
  syntax(90600, "add column if not exists", /\badd\s+column\s+if\s+not\s+exists\b/i),
  syntax(90600, "create extension cascade", /\bcreate\s+extension\b[^;]*\bcascade\b/i),
  ...words(100000, "pg_sequence pg_sequence_last_value seqrelid attidentity relispartition"),
  ...words(100000, "relpartbound pg_get_partkeydef pg_partitioned_table pg_subscription_rel"),
  ...words(100000, "collprovider collversion stxkind stxkeys stxrelid regexp_match xmltable"),
  ...words(100000, "pg_get_statisticsobjdef"),
  ...words(
    100000,
    "pg_publication pg_publication_rel pg_statistic_ext pg_collation_actual_version",
  ),
  syntax(100000, "transition tables", /\breferencing\s+(new|old)\s+table\b/i),
  syntax(100000, "identity columns", /\b(always|default)\s+as\s+identity\b|\bdrop\s+identity\b/i),
  syntax(100000, "overriding", /\boverriding\s+(system|user)\s+value\b/i),
  syntax(
    100000,
    "partitions",
    /\b(attach|detach)\s+partition\b|\bpartition\s+by\s+(range|list|hash)\b/i,
  ),
  syntax(100000, "rename value", /\brename\s+value\b/i),
  syntax(100000, "the type of a sequence", /\bcreate\s+sequence\s+\S+\s+as\b/i),
  ...words(110000, "prokind conparentid indnkeyatts atthasmissing attmissingval"),
  ...words(110000, "aggfinalmodify aggmfinalmodify pg_get_partition_constraintdef"),
  syntax(110000, "procedures", /\bcreate\s+(or\s+replace\s+)?procedure\b/i),
  syntax(110000, "include", /\binclude\s*\(/i),
  ...words(120000, "attgenerated pg_partition_tree pg_partition_root pg_partition_ancestors"),
  ...words(120000, "collisdeterministic"),
  syntax(120000, "generated columns", /\bgenerated\s+always\s+as\s*\(/i),
  syntax(120000, "as materialized", /\bas\s+(not\s+)?materialized\b/i),
  ...words(
    130000,
    "xid8 pg_current_xact_id pg_current_snapshot pg_visible_in_snapshot pg_snapshot",
  ),
  ...words(130000, "gen_random_uuid"),
  ...words(130000, "tgparentid stxstattarget"),
  syntax(130000, "drop expression", /\bdrop\s+expression\b/i),
  ...words(140000, "rngmultitypid multirange_type_name range_agg date_bin"),
  ...words(
    140000,
    "attcompression stxexprs inhdetachpending string_to_table pg_xact_commit_timestamp_origin",
  ),
  ...words(140000, "pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions"),
  syntax(140000, "begin atomic", /\bbegin\s+atomic\b/i),
  syntax(140000, "create or replace trigger", /\bcreate\s+or\s+replace\s+trigger\b/i),
  syntax(150000, "merge", /\bmerge\s+into\b/i),
  syntax(150000, "nulls not distinct", /\bnulls\s+not\s+distinct\b/i),
  syntax(150000, "unlogged sequences", /\bunlogged\s+sequence\b/i),
  ...words(150000, "colliculocale indnullsnotdistinct regexp_count regexp_substr"),
  ...words(160000, "collicurules any_value array_sample array_shuffle"),
  ...words(170000, "colllocale"),
  syntax(170000, "set expression", /\bset\s+expression\b/i),
  ...words(180000, "conenforced conperiod"),
];

/** Names of what the text has and a server of that version has not. Comments do not count. */
export function findNewer(text: string, version: Version): string[] {
  const code = text.replaceAll(/--[^\n]*/g, "");
  return features.filter(({ since, pattern }) => since > version && pattern.test(code))
    .map(({ name }) => name);
}
