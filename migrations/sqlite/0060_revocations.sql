-- Keys that were deleted stand here as sessions do that were ended: nodes that remember them learn it from here.

alter table revocations rename column session_id to sign_in_id;
