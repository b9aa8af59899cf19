"""What each role may do: one enum and one table. What one may see is the view visible_unit (J4)."""

from enum import StrEnum
from typing import Final

from registry.org.roles import Role


class Permission(StrEnum):
    """Something that a route asks for."""

    HOME = "home"
    ACCOUNT = "account"
    INBOX_VIEW = "inbox.view"
    MONITORING_VIEW = "monitoring.view"
    SUGGESTION_DECIDE = "suggestion.decide"
    DEVICE_VIEW = "device.view"
    RULE_VIEW = "rule.view"
    SQUARE_VIEW = "square.view"
    SHEET_PREPARE = "sheet.prepare"
    SHEET_REVIEW = "sheet.review"
    SHEET_VIEW = "sheet.view"
    DEMAND_PREPARE = "demand.prepare"
    CAMPAIGN_VIEW = "campaign.view"
    CAMPAIGN_RUN = "campaign.run"
    MINISTRY_VIEW = "ministry.view"
    MINISTRY_OPERATE = "ministry.operate"
    CARD_VIEW = "card.view"
    CARD_EXPORT = "card.export"
    CHANGE_VIEW = "change.view"
    CHANGE_PREPARE = "change.prepare"
    CHANGE_REVIEW = "change.review"
    STOCKTAKE_VIEW = "stocktake.view"
    STOCKTAKE_RUN = "stocktake.run"
    STOCKTAKE_COUNT = "stocktake.count"
    STOCKTAKE_REVIEW = "stocktake.review"
    LABEL_PRINT = "label.print"
    ADMINISTER = "administer"
    AUDIT_VIEW = "audit.view"


P = Permission
EVERYONE: Final = frozenset({P.HOME, P.ACCOUNT, P.INBOX_VIEW})
READ: Final = EVERYONE | frozenset(
    {
        P.MONITORING_VIEW,
        P.DEVICE_VIEW,
        P.RULE_VIEW,
        P.SQUARE_VIEW,
        P.SHEET_VIEW,
        P.CARD_VIEW,
        P.CARD_EXPORT,
        P.CHANGE_VIEW,
        P.STOCKTAKE_VIEW,
    }
)

GRANTS: Final = {
    Role.PREPARER: READ
    | {P.SHEET_PREPARE, P.DEMAND_PREPARE, P.CHANGE_PREPARE, P.SUGGESTION_DECIDE, P.LABEL_PRINT}
    | {P.STOCKTAKE_RUN, P.STOCKTAKE_COUNT},
    Role.REVIEWER: READ
    | {P.SHEET_REVIEW, P.DEMAND_PREPARE, P.CHANGE_REVIEW, P.SUGGESTION_DECIDE}
    | {P.CAMPAIGN_VIEW, P.CAMPAIGN_RUN, P.STOCKTAKE_REVIEW},
    Role.STOCKTAKER: EVERYONE | {P.CARD_VIEW, P.STOCKTAKE_VIEW, P.STOCKTAKE_COUNT, P.SQUARE_VIEW},
    Role.ADMINISTRATOR: EVERYONE
    | {P.ADMINISTER, P.DEVICE_VIEW, P.RULE_VIEW, P.MINISTRY_VIEW, P.MINISTRY_OPERATE},
    Role.AUDITOR: READ | {P.AUDIT_VIEW, P.CAMPAIGN_VIEW, P.MINISTRY_VIEW},
}


def granted(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything that any of the roles may do."""
    return frozenset(permission for role in roles for permission in GRANTS[role])
