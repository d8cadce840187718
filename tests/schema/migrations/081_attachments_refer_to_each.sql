alter table attachments add column conversation_id bigint, add column message_id bigint;
update attachments set conversation_id = attachable_id where attachable_type = 'Conversation';
update attachments set message_id = attachable_id where attachable_type = 'Message';
alter table attachments drop column attachable_type, drop column attachable_id;
