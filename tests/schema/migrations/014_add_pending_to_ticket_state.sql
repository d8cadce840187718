-- no transaction
alter type ticket_state add value 'pending' after 'open';
