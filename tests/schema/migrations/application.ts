/**
 * What the application's processes write all the time. In a deploy old and new code run side by side, so
 * statements for every version of the schema are tried at any time; those that do not fit are refused.
 */
import type { Random } from "../../pair/mod.ts";

const some = (table: string) => `(select id from ${table} offset NUMBER limit 1)`;

/** `NUMBER` is another one each time. */
export const statements: readonly string[] = [
  "insert into accounts (name, subdomain) values ('Account NUMBER', 'a' || md5(random()::text))",
  "insert into accounts (name, subdomain, street, city) values ('Acme', md5(random()::text), 'NUMBER Main St', 'Town NUMBER')",
  `update accounts set settings = settings || '{"seats": NUMBER}' where id = ${some("accounts")}`,
  `insert into users (account_id, email, name) values (${
    some("accounts")
  }, 'User.NUMBER@Example.com', 'Ann NUMBER')`,
  `insert into users (account_id, email, full_name) values (${
    some("accounts")
  }, 'NUMBER@example.com', 'Bob NUMBER')`,
  `insert into users (account_id, email, first_name, last_name) values (${
    some("accounts")
  }, 'x@example.com', 'Cid', null)`,
  `update users set last_seen_at = now(), email = upper(email::text) where id = ${some("users")}`,
  `update users set deleted_at = now() where id = ${some("users")}`,
  `delete from users where id = ${some("users")}`,
  `insert into tickets (account_id, requester_id, subject, body) values (${some("accounts")}, ${
    some("users")
  }, 'It does not work NUMBER', repeat('why ', NUMBER))`,
  `insert into tickets (account_id, subject, state) values (${
    some("accounts")
  }, 'NUMBER', 'waiting')`,
  `insert into conversations (account_id, subject, tag_names) values (${
    some("accounts")
  }, 'Hi NUMBER', '{new,NUMBER}')`,
  `update tickets set status = 'closed', updated_at = now() where id = ${some("tickets")}`,
  `update tickets set state = 'closed', updated_at = now() where id = ${some("tickets")}`,
  `update tickets set state = 'solved' where id = ${some("tickets")}`,
  `update conversations set state = 'pending', category_id = 1 + NUMBER % 3 where id = ${
    some("conversations")
  }`,
  `update tickets set subject = subject || '!', priority = NUMBER % 5 where id = ${
    some("tickets")
  }`,
  `update tickets set deleted_at = now() where id = ${some("tickets")}`,
  `delete from tickets where id = ${some("tickets")}`,
  `delete from conversations where id = ${some("conversations")}`,
  `insert into comments (ticket_id, author_id, body) values (${some("tickets")}, ${
    some("users")
  }, 'Try again NUMBER')`,
  `insert into messages (ticket_id, author_id, body) select ${some("tickets")}, ${
    some("users")
  }, 'Reply ' || n from generate_series(1, 3) n`,
  `insert into messages (ticket_id, body) values (${some("conversations")}, 'Solved NUMBER')`,
  `update messages set body = body || '.' where id = ${some("messages")}`,
  `delete from messages where id = ${some("messages")}`,
  "insert into tags (name) values ('tag NUMBER')",
  `insert into tickets_tags values (${some("tickets")}, ${some("tags")}) on conflict do nothing`,
  `insert into attachments (attachable_type, attachable_id, file_name, size) values ('Ticket', ${
    some("tickets")
  }, 'log.txt', NUMBER)`,
  `insert into attachments (conversation_id, file_name, size) values (${
    some("conversations")
  }, 'a.png', NUMBER)`,
  `insert into events (account_id, kind, payload) values (${
    some("accounts")
  }, 'login', '{"n": NUMBER}')`,
  `insert into events (account_id, kind, created_at) values (NUMBER, 'import', '2019-01-01'::timestamptz + NUMBER * interval '1 hour')`,
  "insert into events (kind, created_at) values ('late', '2020-06-01'::timestamptz + NUMBER * interval '1 day')",
  "update events set payload = '{}' where id % 97 = NUMBER",
  "delete from events where id % 101 = NUMBER",
  `insert into subscriptions (account_id, plan_id) values (${some("accounts")}, 1 + NUMBER % 4)`,
  `insert into billing.subscriptions (account_id, plan_id, ends_on) values (${
    some("accounts")
  }, 1, current_date + NUMBER)`,
  `insert into invoices (subscription_id, total) values (${some("subscriptions")}, NUMBER.5)`,
  `insert into billing.invoices (subscription_id, total) values (${
    some("billing.subscriptions")
  }, NUMBER)`,
  "update billing.invoices set paid = true where number % 50 = NUMBER",
  "update billing.plans set kind = 'team' where price_cents = 500",
  `insert into teams (account_id, name) values (${some("accounts")}, 'Team NUMBER')`,
  `insert into memberships (team_id, user_id) values (${some("teams")}, ${
    some("users")
  }) on conflict do nothing`,
  "insert into sessions (user_id) values (NUMBER)",
  "delete from sessions where user_id = NUMBER",
  `insert into addresses (account_id, street) values (${
    some("accounts")
  }, 'New St') on conflict (account_id)
     do update set city = 'NUMBER'`,
  `insert into categories (parent_id, name) values (${some("categories")}, 'Category NUMBER')`,
  "update archive.conversations set body = 'gone' where id % 10 = NUMBER",
];

/** One statement, or a few as one transaction: places in `statements`. */
export function chooseTransaction(random: Random): number[] {
  return Array.from(
    { length: random.pick([1, 1, 1, 2, 3]) },
    () => random.int(0, statements.length - 1),
  );
}

/** @param number stands in the text for values, and for how far from the first row others are. */
export function textOf(place: number, number: number): string {
  return (statements[place] ?? "").replaceAll("NUMBER", String(number));
}
