-- A command is known by its id, under whatever number it comes again.
create index command_results_cid_idx on command_results (cid);
