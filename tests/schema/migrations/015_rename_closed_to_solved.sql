alter type ticket_state rename value 'closed' to 'solved';
