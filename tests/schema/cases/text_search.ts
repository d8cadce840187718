/** Text search configurations and dictionaries. */
import type { Change } from "../change_cases.ts";

export const textSearchChanges: Change[] = [
  {
    name: "a dictionary and a configuration under an index, a generated value and a function",
    before: "create table a (id integer primary key, v text)",
    after:
      `create text search dictionary stem (template = snowball, language = 'english', stopwords = 'english');
      create text search configuration mine (parser = default);
      alter text search configuration mine add mapping for asciiword, word with stem, simple;
      alter text search configuration mine add mapping for email with simple;
      create text search configuration copied (copy = pg_catalog.english);
      create index on a using gin (to_tsvector('mine'::regconfig, v))`,
  },
  {
    name: "a configuration's mappings, under an index",
    before:
      `create table a (id integer primary key, v text); create text search configuration mine (parser = default);
      alter text search configuration mine add mapping for asciiword, word with simple;
      alter text search configuration mine add mapping for email with simple;
      create index on a using gin (to_tsvector('mine'::regconfig, v))`,
    after: `alter text search configuration mine alter mapping for word with english_stem, simple;
      alter text search configuration mine drop mapping for email; alter text search configuration mine add mapping for url with simple;
      alter text search configuration mine rename to yours`,
  },
  {
    name: "a dictionary's options, under a configuration",
    before:
      `create text search dictionary stem (template = snowball, language = 'english', stopwords = 'english');
      create text search configuration mine (parser = default); alter text search configuration mine add mapping for asciiword with stem`,
    after:
      "alter text search dictionary stem (language = 'german', stopwords); alter text search dictionary stem rename to \"Stem it\"",
  },
  {
    name: "dropped configurations and dictionaries",
    before:
      `create text search dictionary d (template = simple, accept = false); create text search configuration c (parser = default);
      alter text search configuration c add mapping for asciiword with d; create text search configuration other (copy = c)`,
    after:
      "drop text search configuration other; drop text search configuration c; drop text search dictionary d",
  },
];
