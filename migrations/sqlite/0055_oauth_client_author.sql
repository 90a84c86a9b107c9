-- Who registered a program: whoever is asked to let it in is told.
alter table oauth_clients add column created_by blob;
