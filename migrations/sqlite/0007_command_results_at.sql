-- What became of commands is forgotten after a while, the oldest first.
create index command_results_at_idx on command_results (at);
