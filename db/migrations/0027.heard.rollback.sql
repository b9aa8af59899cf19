DROP INDEX ministry_received_listing;
