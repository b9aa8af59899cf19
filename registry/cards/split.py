"""A split's arithmetic: children's quantities and values add up to the card's, to the cent (A5)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Final

from db import Refused
from registry.cards.fields import BY_NAME
from registry.cards.values import Values

CENT: Final = Decimal("0.01")
SUMMED: Final = (
    "quantity",
    "original_value",
    "accumulated_depreciation",
    "fiscal_funds",
    "other_funds",
)
MOST_PARTS: Final = 50


def check(whole: Mapping[str, str], parts: Sequence[Mapping[str, str]]) -> None:
    """Refuse parts that don't add up: 'split.sum' names the field, what is there and what was.

    `whole` and `parts` hold canonical values. Also 'split.too_few', 'split.too_many' and
    'split.depreciation' (a part's depreciation above its value), with the part's number.
    """
    if len(parts) < 2:
        raise Refused("split.too_few")
    if len(parts) > MOST_PARTS:
        raise Refused("split.too_many", most=MOST_PARTS)
    for name in SUMMED:
        total = sum((Decimal(part.get(name) or 0) for part in parts), Decimal(0))
        wanted = Decimal(whole.get(name) or 0)
        if total != wanted:
            raise Refused(
                "split.sum", field=name, label=BY_NAME[name].label, total=f"{total:,.2f}",
                wanted=f"{wanted:,.2f}", difference=f"{total - wanted:+,.2f}",
            )  # fmt: skip
    for number, part in enumerate(parts, 1):
        if Decimal(part.get("accumulated_depreciation") or 0) > Decimal(part["original_value"]):
            raise Refused("split.depreciation", part=number)


def shared_out(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in shares by weight, each to the cent, which add up to it exactly.

    Largest remainders get the cents that rounding leaves. Weights are not negative, one is above 0.
    """
    total = sum(weights, Decimal(0))
    exact = [amount * weight / total for weight in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    left = int((amount - sum(shares, Decimal(0))) / CENT)
    by_remainder = sorted(
        range(len(weights)), key=lambda n: (exact[n] - shares[n], -n), reverse=True
    )
    for n in by_remainder[:left]:
        shares[n] += CENT
    return shares


def proposed(whole: Values, quantities: Sequence[Decimal]) -> list[Values]:
    """Parts with these quantities, values shared out by them: what a form offers first."""
    parts: list[Values] = [{"quantity": str(quantity)} for quantity in quantities]
    for name in SUMMED[1:]:
        shares = shared_out(Decimal(whole.get(name) or 0), quantities)
        for part, share in zip(parts, shares, strict=True):
            part[name] = str(share)
    return parts


def codes(code: str, taken: frozenset[str], count: int) -> list[str]:
    """Codes for the parts: the first keeps the card's, the others follow as -02, -03 …"""
    stem = code[:29]
    found, number = [code], 2
    while len(found) < count:
        candidate = f"{stem}-{number:02}"
        if candidate not in taken:
            found.append(candidate)
        number += 1
    return found
