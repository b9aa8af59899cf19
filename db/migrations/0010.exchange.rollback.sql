DROP TABLE campaign_reminder, campaign, match_told, linked_listing, linked_system, ministry_heard, ministry_received,
  ministry_outbox, shortlist, settlement, listing_event, listing, sheet_attachment, sheet_card, sheet;
DELETE FROM review_node WHERE kind IN ('transfer_sheet', 'share_sheet', 'demand_sheet');
REVOKE ALL ON division, category, unit, section, app_user, user_role, visible_unit, card, photo, review, review_step,
  review_node, review_event, notice_preference, webhook, notice, delivery FROM panhuo_exchange;
REVOKE EXECUTE ON FUNCTION audit_append(text, text, text, json, text) FROM panhuo_exchange;
