comment on table tickets is 'What people ask';
comment on column tickets.state is 'Where it''s at';
comment on index index_tickets_kept is 'The inbox';
comment on function ticket_text(text, text) is 'What is searched';
comment on type ticket_state is 'From open to solved';
comment on schema billing is 'Money';
