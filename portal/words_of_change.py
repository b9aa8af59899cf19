"""What a change did, in one line of words."""

from collections.abc import Sequence
from typing import Final

from portal.language import gettext as _
from portal.language import language
from registry.cards.change_list import CUSTODY, OfCard
from registry.cards.change_rules import RULES
from registry.cards.fields import BY_NAME
from registry.cards.showing import show

SEVERAL: Final = 3  # fields, before the line only counts them


def outcome(one: OfCard) -> str:
    """Whom it went to and where, the details that the kind asks for, or the fields that changed."""
    said = [
        show(asked, one.details[asked.name], language(), {})
        for asked in RULES[one.kind].details
        if one.details.get(asked.name)
    ][:SEVERAL]
    to = " · ".join(one.custody[name] for name in CUSTODY if name in one.custody)
    if not said and set(one.names) - set(CUSTODY):
        return changed(one.names)  # it is about more than where the asset is
    if not to:
        return " · ".join(said) or changed(one.names)
    return " · ".join([f"→ {to}", *said])


def changed(names: Sequence[str]) -> str:
    """The fields, by name: 存放地点、使用人."""
    labels = [BY_NAME[name].label.of(language()) for name in BY_NAME if name in names]
    if "photos" in names:
        labels.append(_("照片"))
    if "attachments" in names:
        labels.append(_("附件"))
    if len(labels) > SEVERAL:
        return _("%(first)s 等 %(count)s 项", first=labels[0], count=len(labels))
    return _("、").join(labels)
