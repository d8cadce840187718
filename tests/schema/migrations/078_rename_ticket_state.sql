alter type ticket_state rename to conversation_state;
