-- What was the giver's own is gone from the receiver's drafts, and stays so.
SELECT 1;
