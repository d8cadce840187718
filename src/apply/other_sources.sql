-- Sources whose load has put rows of theirs in the place of all others of a table, after the last batch of a
-- given one. Parameters: $1 source, $2 target, $3 oid of the table. Returns: source. Locks: none.
select l.source
from teleport.applied_load l
join teleport.applied a on a.source = $1 and a.target = $2
where l.relation = $3::oid
  and (l.source <> a.source or l.target <> a.target)
  and l.mode <> 'respect'
  and l.begun_at >= a.applied_at
order by l.begun_at desc
