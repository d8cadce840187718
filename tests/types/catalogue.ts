/**
 * Sample values for every built-in type that a column can have, as literals of the type. Those that a
 * server has and that are not here are a failure of catalogue_test.ts. Equal values that are not the same
 * ('1.0' and '1.00') are wanted: replication must keep them apart as values and together as keys.
 */

export interface CataloguedType {
  /** As in `x::type`. */
  type: string;
  samples: readonly string[];
  /** More samples, as SQL. */
  expressions?: readonly string[];
  /** Samples that only servers from that major on take. */
  newer?: Readonly<Record<number, readonly string[]>>;
  /** First major that has the type. */
  since?: number;
  /** Last major that has the type. */
  until?: number;
  isDomain?: boolean;
  /** Has to be made beforehand. */
  definition?: string;
  /** Extension that brings the type. */
  extension?: string;
}

const oddTexts = [
  "",
  " ",
  "plain",
  "\\N",
  "\\.",
  "\\",
  "\\\\n\\t\\x41\\101",
  "NULL",
  "null",
  "tab\there, line\nfeed, carriage\rreturn, \b\f\v\x01\x7f",
  "'single' \"double\" $$dollar$$ `back`",
  '{curly,"brackets"} (round,) [square) <a&b>',
  "trailing space  ",
  "ä ß € \u{1F600} \u{10FFFF} \uFEFF \u2028 e\u0301",
  "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}",
];

export const moments = [
  "2024-03-04 05:06:07.123456",
  "0001-01-01 00:00:00",
  "0001-12-31 23:59:59.999999 BC",
  "4714-11-24 00:00:00 BC",
  "294276-12-31 23:59:59.999999",
  "infinity",
  "-infinity",
  "1999-12-31 24:00:00",
  "2024-02-29 12:00:00.000001",
];

const baseTypes: readonly CataloguedType[] = [
  { type: "bool", samples: ["t", "f"] },
  { type: "int2", samples: ["0", "-32768", "32767"] },
  { type: "int4", samples: ["0", "-2147483648", "2147483647"] },
  {
    type: "int8",
    samples: ["0", "-9223372036854775808", "9223372036854775807", "9007199254740993"],
  },
  {
    type: "float4",
    samples: ["0", "-0", "1.1", "0.1", "16777217", "NaN", "Infinity", "-Infinity", "3.4028235e38"]
      .concat(["1e-45", "1.17549435e-38", "-1e-40"]),
  },
  {
    type: "float8",
    samples: ["0", "-0", "0.1", "0.30000000000000004", "NaN", "Infinity", "-Infinity", "1e308"]
      .concat(["1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "-5e-324", "1e23"]),
  },
  {
    type: "numeric",
    samples: ["0", "1.0", "1.00", "1.000", "-0.00", "NaN", "1e308", "1e-308", "0.1"]
      .concat([`${"9".repeat(1000)}.${"1".repeat(500)}`, `1e131071`, `-1e-16383`]),
    newer: { 14: ["Infinity", "-Infinity"] },
  },
  { type: "numeric(1000)", samples: ["0", "9".repeat(1000), `-${"1".repeat(1000)}`] },
  { type: "numeric(1000, 999)", samples: ["9.1", `-0.${"7".repeat(999)}`] },
  { type: "numeric(3, -2)", since: 15, samples: ["12345", "-99900"] },
  {
    type: "money",
    samples: ["0", "1234.56", "-1234.5", "92233720368547758.07", "-92233720368547758.08"],
  },
  { type: "text", samples: [...oddTexts, "x".repeat(100_000), "\u{1F600}\\\t".repeat(5000)] },
  { type: "varchar", samples: oddTexts },
  {
    type: "varchar(5)",
    samples: ["", "a", "a    ", "\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}"],
  },
  { type: "bpchar", samples: oddTexts },
  { type: "char(5)", samples: ["", "a", " a", "a b", "\u{1F600}", "\\N"] },
  {
    type: `"char"`,
    samples: ["", "a", " ", "\\", "\t", "\n", "'"],
    newer: { 16: ["\\200", "\\377"] },
  },
  { type: "name", samples: [...oddTexts, "n".repeat(63), "é".repeat(31)] },
  {
    type: "bytea",
    samples: ["\\x", "\\x00", "\\x5c4e", "\\x0001ff5c270a0d09", "\\xdeadbeef", "\\x22"],
  },
  { type: "bit", samples: ["0", "1"] },
  { type: "bit(12)", samples: ["000000000000", "101010101010"] },
  { type: "varbit", samples: ["", "0", "1", "00000000", "0000000", `1${"0".repeat(99)}1`] },
  {
    type: "date",
    samples: ["2024-03-04", "0001-01-01", "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31"]
      .concat(["infinity", "-infinity", "2024-02-29"]),
  },
  { type: "time", samples: ["00:00:00", "23:59:59.999999", "24:00:00", "05:06:07.1"] },
  { type: "time(3)", samples: ["00:00:00.123", "12:34:56.7"] },
  {
    type: "timetz",
    samples: ["00:00:00+00", "24:00:00-15:59:59", "05:06:07.1+02:03:04", "05:06:07.1-00:00:01"],
  },
  { type: "timestamp", samples: moments },
  {
    type: "timestamptz",
    samples: [...moments.map((moment) => /infinity/.test(moment) ? moment : withZone(moment))]
      .concat(["1890-01-01 00:00:00+00:19:32", "2024-03-04 05:06:07.123456-12:34:56"]),
  },
  { type: "timestamptz(0)", samples: ["2024-03-04 05:06:07+02"] },
  {
    type: "interval",
    samples: [
      "0",
      "1 mon",
      "30 days",
      "720 hours",
      "1 mon -2 days 03:04:05.6",
      "-1 year",
      "-00:00:00.000001",
    ]
      .concat(["1 year -1 mon", "178000000 years", "-178000000 years", "2147483647 days"])
      .concat(["-1 mon 1 day -1 us", "1 day -24:00:00"]),
    newer: { 17: ["infinity", "-infinity"] },
  },
  { type: "interval day to second(3)", samples: ["3 days 04:05:06.789"] },
  {
    type: "uuid",
    samples: ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  },
  {
    type: "inet",
    samples: [
      "10.0.0.1/8",
      "10.0.0.1",
      "0.0.0.0/0",
      "::1",
      "2001:db8::ff00:42:8329/64",
      "::ffff:1.2.3.4",
    ],
  },
  { type: "cidr", samples: ["10.0.0.0/8", "10.0.0.1/32", "::/0", "2001:db8::/32"] },
  { type: "macaddr", samples: ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"] },
  { type: "macaddr8", samples: ["08:00:2b:01:02:03:04:05", "08:00:2b:ff:fe:01:02:03"] },
  { type: "point", samples: ["(0,0)", "(-0,0.1)", "(NaN,Infinity)", "(1e308,5e-324)"] },
  { type: "line", samples: ["{1,2,3}", "{0.1,-1,1e-300}"] },
  { type: "lseg", samples: ["[(0,0),(0.1,-0.3)]", "[(1,1),(1,1)]"] },
  { type: "box", samples: ["(1,1),(0,0)", "(0.3,0.2),(0.1,-0.1)"] },
  { type: "path", samples: ["[(0,0),(1,1),(0.1,2)]", "((0,0),(1,1),(0.1,2))", "((1,1))"] },
  { type: "polygon", samples: ["((0,0),(1,1),(0.1,2))", "((1,1))"] },
  { type: "circle", samples: ["<(0,0),1>", "<(0.1,-0.3),0>"] },
  {
    type: "json",
    samples: [
      `{"a":1,"a":2}`,
      ` { "b" : [ 1 , 1.0, 1e400 ] } `,
      "null",
      `"\\u0000"`,
      `"\\ud83d\\ude00"`,
      `[]`,
    ]
      .concat([`{"":"","\\n":"\\\\N"}`, `"ä \u{1F600}"`]),
  },
  {
    type: "jsonb",
    samples: [
      `{"a":1,"a":2}`,
      "1",
      "1.0",
      "1.00",
      "null",
      `"\\\\u0000"`,
      `"\\ud83d\\ude00"`,
      "[]",
      "{}",
      "[[]]",
    ]
      .concat([`{"":"","\\n":"\\\\N","b":[1e400,-0,"NULL"]}`, `"\\t\\"\\\\"`]),
  },
  {
    type: "jsonpath",
    since: 12,
    samples: [
      "$",
      `strict $."a b"[*] ? (@ > 1.0 && @.x like_regex "^\\\\d\\"" flag "i")`,
      "lax $.a[last]",
    ],
  },
  {
    type: "xml",
    samples: [
      "",
      "text &amp; more",
      "<a/>",
      `<?xml version="1.0"?><a b="'"/>`,
      "<a>\n\t\\N</a><b/>",
    ]
      .concat([`<?xml version="1.0" encoding="ISO-8859-1"?><a>ä \u{1F600}</a>`])
      .concat([`<?xml version="1.0" standalone="yes"?><!-- c --><a><![CDATA[<]]></a>`])
      .concat([`<!DOCTYPE a [<!ELEMENT a ANY>]><a/>`]),
  },
  { type: "tsvector", samples: ["", "a b c", "'a''b':1A,2B 'c\\\\d':3 'space d':65535", "'ä'"] },
  { type: "tsquery", samples: ["", "a & !b | c", "'a''b':*A <-> 'c\\\\d' <3> !!e"] },
  { type: "oid", samples: ["0", "4294967295", "2147483648"] },
  { type: "xid", samples: ["0", "4294967295", "3"] },
  { type: "cid", samples: ["0", "4294967295"] },
  { type: "xid8", since: 13, samples: ["0", "18446744073709551615"] },
  { type: "tid", samples: ["(0,0)", "(4294967295,65535)"] },
  { type: "pg_lsn", samples: ["0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"] },
  {
    type: "txid_snapshot",
    samples: ["1:1:", "10:20:10,14,15", "9223372036854775800:9223372036854775807:"],
  },
  { type: "pg_snapshot", since: 13, samples: ["1:1:", "10:20:10,14,15"] },
  { type: "int2vector", samples: ["", "1", "1 -2 3"] },
  { type: "oidvector", samples: ["", "1", "1 2 4294967295"] },
  { type: "refcursor", samples: ["", "cursor \\N", "<unnamed portal 1>"] },
  { type: "aclitem", samples: ["postgres=r*w/postgres", "=r/postgres"] },
  { type: "regclass", samples: ["pg_class", `public."reg ""Ünï"""`, "-", "4294967295"] },
  { type: "regtype", samples: ["int4", "text[]", "timestamp with time zone", "-", "4294967295"] },
  { type: "regproc", samples: ["now", "pg_catalog.pg_backend_pid", "-"] },
  { type: "regprocedure", samples: ["abs(integer)", "now()", "-"] },
  { type: "regoper", samples: ["||/", "0"] },
  { type: "regoperator", samples: ["+(integer,integer)", "||/(NONE,double precision)", "0"] },
  { type: "regconfig", samples: ["english", "simple"] },
  { type: "regdictionary", samples: ["simple", "english_stem"] },
  { type: "regnamespace", samples: ["pg_catalog", "public", "-"] },
  { type: "regrole", samples: ["postgres", "-"] },
  { type: "regcollation", since: 13, samples: [`"C"`, `"POSIX"`, "-"] },
  { type: "smgr", until: 11, samples: ["magnetic disk"] },
  {
    type: "abstime",
    until: 11,
    samples: ["2024-03-04 05:06:07+00", "infinity", "-infinity", "1901-12-14 00:00:00+00"],
  },
  { type: "reltime", until: 11, samples: ["1 day", "-1 mon", "68 years"] },
  {
    type: "tinterval",
    until: 11,
    samples: [`["2024-03-04 05:06:07+00" "2025-03-04 05:06:07+00"]`],
  },
];

const rangeTypes: readonly CataloguedType[] = [
  { type: "int4range", samples: ["empty", "[1,5)", "(,)", "(,0)", "[2147483646,2147483647)"] },
  { type: "int8range", samples: ["empty", "[1,9223372036854775807)", "(,)", "[5,)"] },
  { type: "numrange", samples: ["empty", "[1.0,2.00]", "[1,2]", "(-1e-300,)", "(,NaN]"] },
  {
    type: "daterange",
    samples: ["empty", "[2024-01-01,2024-02-01)", "[-infinity,infinity]", "(,0044-03-15 BC)"],
  },
  {
    type: "tsrange",
    samples: [
      "empty",
      `["2024-01-01 00:00:00.000001",infinity]`,
      "(,)",
      `("0044-03-15 00:00:00 BC",)`,
    ],
  },
  {
    type: "tstzrange",
    samples: ["empty", `["2024-01-01 00:00:00+05:30",infinity)`, "(-infinity,)"],
  },
  { type: "int4multirange", since: 14, samples: ["{}", "{[1,5),[7,9)}", "{(,)}"] },
  { type: "int8multirange", since: 14, samples: ["{}", "{[1,5),[7,)}"] },
  { type: "nummultirange", since: 14, samples: ["{}", "{[1.0,2.00],(3,4]}", "{[1,2]}"] },
  {
    type: "datemultirange",
    since: 14,
    samples: ["{}", "{[2024-01-01,2024-02-01),[2025-01-01,infinity)}"],
  },
  {
    type: "tsmultirange",
    since: 14,
    samples: ["{}", `{["2024-01-01 00:00:00","2024-02-01 00:00:00")}`],
  },
  { type: "tstzmultirange", since: 14, samples: ["{}", `{["2024-01-01 00:00:00+05:30",)}`] },
];

const standardDomains: readonly CataloguedType[] = [
  { type: "information_schema.cardinal_number", isDomain: true, samples: ["0", "2147483647"] },
  { type: "information_schema.character_data", isDomain: true, samples: oddTexts },
  { type: "information_schema.sql_identifier", isDomain: true, samples: ["", 'a "b"'] },
  {
    type: "information_schema.time_stamp",
    isDomain: true,
    samples: ["2024-03-04 05:06:07.12+02", "infinity"],
  },
  { type: "information_schema.yes_or_no", isDomain: true, samples: ["YES", "NO"] },
];

const longLabel = "é".repeat(31) + "x";

const userTypes: readonly CataloguedType[] = [
  {
    type: `"En um"`,
    definition:
      `create type "En um" as enum ('', 'a,b', '"quoted"', 'it''s', E'back\\\\slash', E'tab\\t',
      '${longLabel}', '\u{1F600}', 'NULL', 'null', '(x)', '{y}', ' ')`,
    samples: [
      "",
      "a,b",
      `"quoted"`,
      "it's",
      "back\\slash",
      "tab\t",
      longLabel,
      "\u{1F600}",
      "NULL",
      "null",
    ]
      .concat(["(x)", "{y}", " "]),
  },
  {
    type: "floatrange",
    definition: "create type floatrange as range (subtype = float8, subtype_diff = float8mi)",
    samples: ["empty", "[0.1,0.30000000000000004]", "(-Infinity,NaN]", "[-0,0]", "(5e-324,1e308)"],
  },
  {
    type: "textrange",
    definition: `create type textrange as range (subtype = text, collation = "C")`,
    samples: [
      "empty",
      `["",a)`,
      `["a,b","c""d\\\\e"]`,
      `("(","\u{1F600}")`,
      "(,)",
      `[NULL,"null "]`,
    ],
  },
  {
    type: "clock",
    definition: "create type clock as range (subtype = time)",
    samples: ["[00:00:00,24:00:00]", "(05:06:07.000001,)"],
  },
  {
    type: `"x""y"`,
    definition:
      `create type "x""y" as ("a b" text, "select" numeric[], n "En um", "é""" floatrange)`,
    samples: [
      "(,,,)",
      `("","{}","",empty)`,
      `(NULL,"[0:0]={1.00}",NULL,"(,)")`,
      `(\\N,,${longLabel},)`,
    ],
    expressions: [
      `row(E'a,"b\\\\\\t(', array[1.0, null, 'NaN']::numeric[], '"quoted"', '[0.1,2)')`,
    ],
  },
  {
    type: "nested",
    definition: `create type nested as (pair "x""y", pairs "x""y"[], "at" timestamptz)`,
    samples: ["(,,)", "(,{},infinity)"],
    expressions: [
      `row(row(E'a,"', '{1}', 'it''s', null), array[row('x', null, '{y}', 'empty')::"x""y", null],
        '2024-03-04 05:06:07.1+02')`,
    ],
  },
  {
    type: "code",
    isDomain: true,
    definition:
      `create domain code as varchar(10) collate "C" constraint "o dd" check (value <> 'bad')`,
    samples: ["", "a", "A", "\u{1F600}"],
  },
  {
    type: "filled",
    isDomain: true,
    definition: "create domain filled as code not null default 'x'",
    samples: ["a", "b "],
  },
  {
    type: "numbers",
    isDomain: true,
    definition: "create domain numbers as int[] check (value is null or 0 <> all (value))",
    samples: ["{}", "{1,NULL}", "[-1:0]={1,2}"],
  },
];

const extensionTypes: readonly CataloguedType[] = [
  { type: "citext", extension: "citext", samples: [...oddTexts, "Foo", "foo"] },
  {
    type: "hstore",
    extension: "hstore",
    samples: ["", `"a"=>NULL, "b"=>"NULL"`, `"x\\"y"=>"\\\\N", ""=>"ä\u{1F600}"`],
  },
  { type: "ltree", extension: "ltree", samples: ["", "a.b.c", "Top"] },
  {
    type: "lquery",
    extension: "ltree",
    samples: ["*.a*@.!b", "a|b"],
    newer: { 13: ["*.a*@.!b{1,2}"] },
  },
  { type: "ltxtquery", extension: "ltree", samples: ["a & !b*@"] },
  { type: "cube", extension: "cube", samples: ["(1,2,3)", "(0.1,2),(0.3,-4)", "()", "(5e-324)"] },
  { type: "earth", isDomain: true, extension: "earthdistance", samples: ["(6378168,0,0)"] },
  { type: "seg", extension: "seg", samples: ["1.50", "~6.5 .. >7", "5(+-)0.3", "..2"] },
  { type: "query_int", extension: "intarray", samples: ["1&!2", "(1|2)&3"] },
  { type: "isbn13", extension: "isn", samples: ["978-0-393-04002-9"] },
  { type: "isbn", extension: "isn", samples: ["0-393-04002-X"] },
  { type: "issn", extension: "isn", samples: ["1436-4522"] },
  { type: "ean13", extension: "isn", samples: ["978-0-393-04002-9"] },
  { type: "upc", extension: "isn", samples: ["220356483481"] },
  { type: "lo", isDomain: true, extension: "lo", samples: ["0", "4294967295"] },
];

/** Built-in types of which no value can be read in: nothing but the server itself makes them. */
export const unreadable: Readonly<Record<string, string>> = {
  gtsvector: "the form that GiST indexes keep",
  pg_node_tree: "parsed expressions of the catalogs",
  pg_ndistinct: "extended statistics",
  pg_dependencies: "extended statistics",
  pg_mcv_list: "extended statistics",
  pg_brin_bloom_summary: "the form that BRIN indexes keep",
  pg_brin_minmax_multi_summary: "the form that BRIN indexes keep",
};

/** Every type of the catalogue that servers of all the given majors have. */
export function typesOf(majors: readonly number[]): CataloguedType[] {
  const oldest = Math.min(...majors);
  const newest = Math.max(...majors);
  return [...baseTypes, ...rangeTypes, ...standardDomains, ...userTypes, ...extensionTypes]
    .filter(({ since = 0, until = Infinity }) => since <= oldest && newest <= until)
    .map((type) => ({ ...type, samples: samplesOf(type, oldest) }));
}

function samplesOf({ samples, newer = {} }: CataloguedType, major: number): string[] {
  const later = Object.entries(newer).filter(([since]) => Number(since) <= major);
  return [...samples, ...later.flatMap(([, more]) => more)];
}

/** With an offset that has seconds, before the era's name. */
function withZone(moment: string): string {
  return moment.endsWith(" BC") ? moment.replace(" BC", "+00 BC") : `${moment}+00`;
}
