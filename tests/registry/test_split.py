"""A split keeps quantity and value, to the cent (A5)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Refused
from registry.cards import drafting, split
from registry.cards.values import Values

MONEY = st.decimals(0, 10**9, places=2)
QUANTITY = st.decimals("0.01", 10**6, places=2)
WHOLE = st.builds(
    lambda quantity, value, share: {
        "quantity": f"{quantity:.2f}",
        "original_value": f"{value:.2f}",
        "accumulated_depreciation": f"{value * share:.2f}",
        "fiscal_funds": f"{value * share:.2f}",
        "other_funds": "0.00",
        "name": "书架", "status": "in_use", "shareable": "false", "place": "",
    },
    QUANTITY, MONEY, st.sampled_from([Decimal(0), Decimal("0.3"), Decimal("0.95"), Decimal(1)]),
)  # fmt: skip


@given(
    amount=MONEY, weights=st.lists(st.decimals("0.01", 10**6, places=2), min_size=1, max_size=50)
)
def test_shares_add_up_to_the_cent_and_none_is_negative(
    amount: Decimal, weights: list[Decimal]
) -> None:
    shares = split.shared_out(amount, weights)
    assert sum(shares) == amount
    assert all(share >= 0 and share == share.quantize(split.CENT) for share in shares)


@given(whole=WHOLE, count=st.integers(2, 20))
def test_offered_split_keeps_quantity_and_value(whole: Values, count: int) -> None:
    parts = drafting.default_parts(whole, count)
    for name in split.SUMMED:
        assert sum(Decimal(part[name]) for part in parts) == Decimal(whole[name])


@given(whole=WHOLE, off=st.sampled_from(split.SUMMED), by=st.sampled_from(["0.01", "-0.01"]))
def test_split_that_is_a_cent_off_is_refused(whole: Values, off: str, by: str) -> None:
    parts = drafting.default_parts(whole)
    parts[0][off] = str(Decimal(parts[0][off]) + Decimal(by))
    with pytest.raises(Refused) as refused:
        split.check(whole, parts)
    assert refused.value.code == "split.sum"
    assert refused.value.facts["field"] == off


def test_split_into_one_is_none() -> None:
    with pytest.raises(Refused) as refused:
        split.check({}, [{}])
    assert refused.value.code == "split.too_few"


def test_first_part_keeps_the_code_and_taken_ones_are_passed_over() -> None:
    assert split.codes("JJ2015", frozenset({"JJ2015-02"}), 3) == [
        "JJ2015",
        "JJ2015-03",
        "JJ2015-04",
    ]
    assert all(len(code) <= 32 for code in split.codes("A" * 32, frozenset(), 50))
