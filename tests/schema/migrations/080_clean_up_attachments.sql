delete from attachments where attachable_type not in ('Ticket', 'Message');
update attachments set attachable_type = 'Conversation' where attachable_type = 'Ticket';
alter table attachments add constraint attachable_is_known check (attachable_type in ('Conversation', 'Message'));
