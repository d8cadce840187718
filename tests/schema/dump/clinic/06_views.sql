create view patients.current_stays as
  select p.id, p.full_name, core.age_in_years(p.born, current_date) as age, s.admitted, s.urgency, w.name as ward, b.room, b.bed
  from patients.patients p join care.stays s on s.id = p.current_stay left join care.bed_assignments b on b.stay = s.id and b.during @> now() left join care.wards w on w.id = b.ward;
create view patients.public_list with (security_barrier = true) as select id, left(full_name, 1) || '.' as initial, ward from patients.current_stays;
create view staff.everybody as
  select tableoid::regclass::text as kind, id, full_name, department, (staff.boss_of(e.*)) as boss from staff.employees e;
create view staff.hierarchy as
  with recursive up as (
    select d.id, d.name, d.parent, 1 as level, array[d.id] as path from staff.departments d where d.parent is null
    union all select d.id, d.name, d.parent, up.level + 1, up.path || d.id from staff.departments d join up on d.parent = up.id where not d.id = any (up.path)
  ) select up.*, count(e.id) over (partition by up.path[1]) as people from up left join staff.employees e on e.department = up.id;
create view care.occupancy as
  with beds as (select ward, count(*) filter (where not broken) as n from care.beds group by ward),
    assigned as (select ward, count(*) as n from care.bed_assignments where during @> now() group by ward)
  select w.id, w.name, beds.n as beds, coalesce(assigned.n, 0) as taken, round(100.0 * coalesce(assigned.n, 0) / nullif(beds.n, 0), 1) as percent
  from care.wards w left join beds on beds.ward = w.id left join assigned on assigned.ward = w.id;
create view lab.latest as select distinct on (o.patient, r.test) o.patient, r.test, r.value, r.flag, lab.flag_of(t.*, r.value) as computed from lab.results r join lab.orders o on o.id = r."order" join lab.tests t on t.code = r.test order by o.patient, r.test, r.at desc;
create materialized view lab.reference as
  select test, count(*) as n, percentile_cont(array[0.025, 0.975]) within group (order by value) as range, core.worst(case when is_abnormal then 'mild'::core.severity else 'none' end) as worst
  from lab.results group by test;
create unique index on lab.reference (test);
create view lab.outliers as select l.* from lab.latest l join lab.reference r using (test) where l.value not between r.range[1] and r.range[2];
create view pharmacy.warnings as
  select p.patient, i.severity, a.name as one, b.name as other from pharmacy.prescriptions p join pharmacy.drugs d on d.id = p.drug
    join pharmacy.prescriptions q on q.patient = p.patient and q.days && p.days and q.id > p.id join pharmacy.drugs e on e.id = q.drug
    join pharmacy.interactions i on i.one = any (d.substances) and i.other = any (e.substances) join pharmacy.substances a on a.id = i.one join pharmacy.substances b on b.id = i.other
  where i.severity >= 'moderate';
create view billing.open_items as select i.id, i.number, c.drg, i.total - coalesce((select sum(p.amount) from billing.payments p where p.invoice = i.id), 0) as open from billing.invoices i join billing.cases c on c.id = i."case" where i.state = 'sent';
create view billing.all_payments as
  select id, day, amount, 'new' as source from only billing.payments
  union all select id, day, "Betrag in €", 'old' from "Archiv 2010".alles
  union all select id, day, amount, p.tableoid::regclass::text from billing.payments p where day >= date '2018-01-01';
create view erp.everything as select d.no, d.kind, d.tableoid = 'erp.documents'::regclass as is_plain, d.payload -> 'lines' ->> 0 as first_line, xmlelement(name doc, xmlattributes(d.no as nr), d.kind) as xml from erp.documents d;
create view "Archiv 2010"."Übersicht (alt)" as select extract(year from day) as "Jahr", sum("Betrag in €") as "Summe in €", string_agg(distinct "Kürzel", '; ' order by "Kürzel") from "Archiv 2010".alles group by rollup (1);
create materialized view care.monthly as
  select date_trunc('month', s.admitted) as month, w.department, count(*) as stays, avg(upper(s.period) - lower(s.period)) as duration, mode() within group (order by s.urgency) as usual,
    count(*) filter (where s.urgency >= 'orange')::double precision / count(*) as urgent, lag(count(*)) over w2 as before
  from care.stays s left join care.bed_assignments b on b.stay = s.id left join care.wards w on w.id = b.ward group by 1, 2 window w2 as (partition by w.department order by date_trunc('month', s.admitted))
  with no data;
create unique index monthly_key on care.monthly (month, department) include (stays);
create view care.dashboard as select m.month, d.name, m.stays, o.percent from care.monthly m join staff.departments d on d.id = m.department left join lateral (select avg(percent) as percent from care.occupancy oc join care.wards w using (id) where w.department = d.id) o on true;
create view core.addresses_everywhere as select p.id, ((p.contact).home).city, n, core.one_line(((p.contact).others)[n]) from core.parties p cross join lateral generate_subscripts((p.contact).others, 1) as n;
create function care.admit(patient bigint, urgency care.triage default 'yellow', out stay care.stays) language plpgsql security definer set search_path = care, patients, pg_temp set timezone = 'Europe/Berlin' as $$
begin
  insert into stays (patient, urgency) values (admit.patient, admit.urgency) returning * into stay;
  update patients.patients set current_stay = stay.id where id = admit.patient;
end $$;
create function core.search(phrase text) returns setof core.persons language sql stable rows 20
  as $$ select * from core.persons where full_name operator(public.%) phrase order by full_name operator(public.<->) phrase $$;
create view staff.found as select f.id, f.full_name from core.search('müller') f;
alter table patients.documents enable row level security;
alter table patients.documents force row level security;
create policy department_only on patients.documents for select to public using (exists (select 1 from patients.patients p where p.id = patient));
