"""How well an offer meets a wish (F5): points with reasons, from facts alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from exchange.kinds import Scope
from registry.words import Label


class Reason(StrEnum):
    """Why an offer meets a wish, or how far it does."""

    SAME_CATEGORY = "same_category"
    WITHIN_CATEGORY = "within_category"
    WIDER_CATEGORY = "wider_category"
    NEAR_CATEGORY = "near_category"
    ENOUGH = "enough"
    IN_PART = "in_part"
    SAME_DIVISION = "same_division"
    SAME_CITY = "same_city"
    SAME_PROVINCE = "same_province"
    ELSEWHERE = "elsewhere"
    IN_TIME = "in_time"
    ENDS_BEFORE = "ends_before"
    NATIONWIDE = "nationwide"
    IN_PROVINCE = "in_province"

    @property
    def label(self) -> Label:
        """In words."""
        return REASONS[self][0]

    @property
    def points(self) -> int:
        """What it adds; all at their best make 100."""
        return REASONS[self][1]


REASONS: Final = {
    Reason.SAME_CATEGORY: (Label("分类相同", "Same category"), 40),
    Reason.WITHIN_CATEGORY: (Label("属于所需分类", "Within the category"), 36),
    Reason.WIDER_CATEGORY: (Label("上级分类", "A wider category"), 20),
    Reason.NEAR_CATEGORY: (Label("相近分类", "A related category"), 12),
    Reason.ENOUGH: (Label("数量满足", "Enough of it"), 20),
    Reason.IN_PART: (Label("数量部分满足", "Part of the quantity"), 8),
    Reason.SAME_DIVISION: (Label("同一区划", "Same division"), 25),
    Reason.SAME_CITY: (Label("同一市", "Same city"), 20),
    Reason.SAME_PROVINCE: (Label("同一省", "Same province"), 12),
    Reason.ELSEWHERE: (Label("外省", "Another province"), 2),
    Reason.IN_TIME: (Label("日期满足", "In time"), 10),
    Reason.ENDS_BEFORE: (Label("公示期先于期望日期结束", "Its notice period ends before"), 6),
    Reason.NATIONWIDE: (Label("均为全国范围", "Both nationwide"), 5),
    Reason.IN_PROVINCE: (Label("范围相符", "Within its scope"), 5),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a demand asks for. `wanted_by`: None where it doesn't matter. `foreign`: of another
    province.
    """

    category: str
    quantity: Decimal
    division: str
    scope: Scope
    wanted_by: date | None
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a listing offers. `until`: the last day of its notice period; `foreign`: of another
    province.
    """

    category: str
    quantity: Decimal
    division: str
    scope: Scope
    until: date | None
    foreign: bool = False


Chain = Sequence[str]  # a code and those above it, the nearest first
Chains = Mapping[str, Chain]


@dataclass(frozen=True, slots=True)
class Ground:
    """What codes mean: by category and division, the code itself and those above it; the cities."""

    categories: Chains
    divisions: Chains
    cities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, and why."""

    points: int
    reasons: tuple[Reason, ...]


def score(wish: Wish, offer: Offer, ground: Ground, today: date) -> Score | None:
    """How well the offer meets the wish; None: not at all.

    Categories must be related; what keeps within its province meets nothing of another one, and
    two of other provinces are not ours to bring together.
    """
    category = _category(wish.category, offer.category, ground.categories)
    local = Scope.LOCAL in {wish.scope, offer.scope}
    abroad = wish.foreign or offer.foreign
    if category is None or (abroad and local) or (wish.foreign and offer.foreign):
        return None
    reasons = (
        category,
        Reason.ENOUGH if offer.quantity >= wish.quantity else Reason.IN_PART,
        _nearness(wish.division, offer.division, ground),
        *_dates(wish, offer, today),
        _scopes(wish, offer),
    )
    return Score(sum(reason.points for reason in reasons), reasons)


def _category(wished: str, offered: str, chains: Chains) -> Reason | None:
    """Ancestry either way, or one parent; classes alone (A02) relate nothing."""
    if wished == offered:
        return Reason.SAME_CATEGORY
    above_wish, above_offer = chains.get(wished, (wished,)), chains.get(offered, (offered,))
    if wished in above_offer:
        return Reason.WITHIN_CATEGORY
    if offered in above_wish:
        return Reason.WIDER_CATEGORY
    parents = above_wish[1:2], above_offer[1:2]
    # Two parts of one class have as much in common as a car and a thermometer.
    if parents[0] and parents[0] == parents[1] and len(above_wish) > 2:
        return Reason.NEAR_CATEGORY
    return None


def _nearness(wished: str, offered: str, ground: Ground) -> Reason:
    if wished == offered:
        return Reason.SAME_DIVISION
    above_wish = ground.divisions.get(wished, (wished,))
    above_offer = ground.divisions.get(offered, (offered,))
    shared = set(above_wish) & set(above_offer)
    if shared & ground.cities:
        return Reason.SAME_CITY
    # Codes of divisions that our list lacks still begin with their province's.
    same = wished[:2] == offered[:2]
    return Reason.SAME_PROVINCE if same else Reason.ELSEWHERE


def _dates(wish: Wish, offer: Offer, today: date) -> tuple[Reason, ...]:
    """What is listed can be had today; what is being given away may be gone by then."""
    if wish.wanted_by is None or wish.wanted_by < today:
        return ()
    if offer.until is not None and offer.until < wish.wanted_by:
        return (Reason.ENDS_BEFORE,)
    return (Reason.IN_TIME,)


def _scopes(wish: Wish, offer: Offer) -> Reason:
    both = {wish.scope, offer.scope} == {Scope.NATIONAL}
    return Reason.NATIONWIDE if both else Reason.IN_PROVINCE
