DROP FUNCTION IF EXISTS listing_placed() CASCADE;
DROP INDEX campaign_reminder_unit, card_transferable, card_sharing, listing_live_card, listing_live_unit, review_open;
DROP TRIGGER listing_counted_insert ON listing;
DROP TRIGGER listing_counted_update ON listing;
DROP FUNCTION listing_count_inserted(), listing_count_updated();
DROP TABLE listing_count;
DROP INDEX match_told_listing, listing_local_listed, listing_local_value, listing_local_quantity, listing_local_name, listing_local_ending,
  listing_national_listed, listing_national_value, listing_national_quantity, listing_national_name, listing_national_ending,
  listing_square_division, listing_square_category, listing_search, listing_photo, listing_unmatched;
DROP FUNCTION listing_terms(text, text, text, text, boolean, boolean);
ALTER TABLE listing DROP COLUMN matched_at, DROP COLUMN band, DROP COLUMN class, DROP COLUMN on_national, DROP COLUMN on_local;
