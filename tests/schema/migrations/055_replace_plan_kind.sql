update billing.plans set kind = 'basic' where kind = 'legacy';
alter type billing.plan_kind rename to plan_kind_before;
create type billing.plan_kind as enum ('free', 'basic', 'team', 'enterprise');
alter table billing.plans alter column kind type billing.plan_kind using kind::text::billing.plan_kind;
drop type billing.plan_kind_before;
