"""A card change as its page draws it: what a reviewer should look at, what approval brings."""

from portal.change_form import digests
from portal.language import gettext as _
from portal.review_drawn import Check
from registry.cards.change import Change
from registry.cards.change_rules import RULES
from registry.cards.drafting import PHOTOS
from registry.review import Standing


def checks(change: Change) -> list[Check]:
    """What stands for and against the change now."""
    pictures = [_photos(change)] if RULES[change.kind].pictures else []
    return [_version(change), *pictures]


def _version(change: Change) -> Check:
    outdated = change.outdated and change.card_id is not None
    said = _("起草后卡片有变动") if outdated else _("与起草时一致")
    return Check(_("卡片版本"), said, not outdated)


def _photos(change: Change) -> Check:
    joined = change.after.get(PHOTOS, change.before.get(PHOTOS, ""))
    photos = len(digests(joined))
    return Check(_("实物照片"), _("%(n)s 张", n=photos), photos > 0)


def approved(after: Standing) -> str:
    """What final approval has brought about."""
    return _("%(number)s 已终审，卡片已更新。", number=after.number)
