"""What a change did, in one line of words."""

from collections.abc import Mapping, Sequence
from typing import Final

from portal.language import gettext as _
from portal.language import language
from registry.cards import ChangeKind
from registry.cards.change_rules import RULES
from registry.cards.fields import BY_NAME
from registry.cards.showing import show

SEVERAL: Final = 3  # fields, before the line only counts them


def outcome(kind: ChangeKind, names: Sequence[str], details: Mapping[str, str]) -> str:
    """The details that the kind asks for, or the fields that were changed."""
    said = [
        show(one, details[one.name], language(), {})
        for one in RULES[kind].details
        if details.get(one.name)
    ]
    return " · ".join(said[:SEVERAL]) if said else changed(names)


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
