-- F3: which document another province's listing was last heard by: reconciling asks it of every one of them.
-- depends: 0013.received

CREATE INDEX ministry_received_listing ON ministry_received (listing_uid, sequence) WHERE outcome = 'applied';
