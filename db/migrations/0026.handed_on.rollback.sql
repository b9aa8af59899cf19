-- What was the giver's own is gone from the receiver's changes, and stays so.
SELECT 1;
