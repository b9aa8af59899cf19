DROP INDEX review_sheet_title, listing_managed_name, listing_managed_value;
