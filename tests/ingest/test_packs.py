"""A pack is good or bad record by record (I1, I2)."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import packs
from ingest.devices import Gateway, Registered, Sensor
from ingest.letters import WHOLE
from ingest.packs import Pack, Position
from ingest.reasons import Reason
from tests.ingest.parts import NOW, lux, pack

DAY_S = 86_400.0
KEPT_S = 400 * DAY_S
REGISTERED = Registered(
    {
        "gw-0001": Gateway(
            1,
            {
                "gw-0001:pe-01": Sensor(11, "lx", 0.0, 200_000.0),
                "gw-0001:pc-01": Sensor(12, "count", 0.0, 1e6),
                "gw-0001:tc-01": Sensor(13, "Cel", -60.0, 200.0),
                "gw-0001:gp-01": Sensor(14, "", -180.0, 180.0),
            },
        ),
        "gw-0002": Gateway(2, {"gw-0002:pe-01": Sensor(21, "lx", 0.0, 200_000.0)}),
    },
    0.0,
)


def judge(payload: bytes, gateway: str = "gw-0001") -> Pack:
    return packs.judge(gateway, payload, NOW + 60, KEPT_S, REGISTERED)


def reasons(judged: Pack) -> list[Reason]:
    return [letter.reason for letter in judged.letters]


def fix(unit: str, value: object, second: float = 0) -> dict[str, object]:
    return {"n": "gp-01", "u": unit, "v": value, "t": second}


def test_the_pack_of_the_wire_page_is_understood() -> None:
    judged = judge(
        pack(
            lux(312.5),
            {"n": "tc-01", "u": "Cel", "v": 23.1},
            fix("lat", 20.0311),
            fix("lon", 110.3312),
            fix("m", 6.0),
            lux(311.0, 60),
            seq=42,
        )
    )
    assert judged.letters == []
    assert judged.seq == 42
    assert list(zip(judged.sensors, judged.times, judged.values, strict=True)) == [
        (11, NOW, 312.5),
        (13, NOW, 23.1),
        (11, NOW + 60, 311.0),
    ]
    assert judged.positions == [Position(3, 14, NOW, 20.0311, 110.3312, 6.0)]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (lux(1, name="pe-99"), Reason.UNKNOWN_SENSOR),
        ({"n": "pe-01", "u": "Cel", "v": 1}, Reason.WRONG_UNIT),
        ({"n": "pe-01", "v": 1}, Reason.WRONG_UNIT),
        ({"n": "pc-01", "u": "lx", "v": 1}, Reason.WRONG_UNIT),
        (fix("lx", 1), Reason.WRONG_UNIT),
        ({"n": "gp-01", "v": 1}, Reason.WRONG_UNIT),
        (lux(-0.1), Reason.OUT_OF_RANGE),
        (lux(200_000.1), Reason.OUT_OF_RANGE),
        (fix("lat", 90.1), Reason.OUT_OF_RANGE),
        (lux("bright"), Reason.NOT_A_NUMBER),
        (lux(None), Reason.NOT_A_NUMBER),
        ({"n": "pe-01", "u": "lx", "vb": True}, Reason.NOT_A_NUMBER),
        (lux(1, DAY_S + 61), Reason.AHEAD),
        (lux(1, -KEPT_S), Reason.TOO_EARLY),
        (fix("lat", 20), Reason.INCOMPLETE_POSITION),
        (fix("lon", 110), Reason.INCOMPLETE_POSITION),
        (fix("m", 5), Reason.INCOMPLETE_POSITION),
    ],
)
def test_bad_record_is_kept_with_its_reason_and_good_ones_are_stored(
    record: dict[str, object], reason: Reason
) -> None:
    judged = judge(pack(lux(5), record, lux(6, 60), seq=7))
    assert reasons(judged) == [reason]
    assert judged.letters[0].place == 2
    assert json.loads(judged.letters[0].content) == record
    assert judged.values == [5, 6]
    assert judged.seq == 7


@pytest.mark.parametrize("second", [DAY_S + 60, -KEPT_S + 60])
def test_times_just_inside_the_bounds_are_good(second: float) -> None:
    assert judge(pack(lux(1, second))).letters == []


@pytest.mark.parametrize("value", ["NaN", "1e999", "-Infinity"])
def test_value_that_is_no_number_is_refused(value: str) -> None:
    payload = pack(lux(5), lux(123456)).replace(b"123456", value.encode())
    judged = judge(payload)
    assert reasons(judged) in ([Reason.NOT_A_NUMBER], [Reason.OUT_OF_RANGE])
    assert judged.values == [5]


@pytest.mark.parametrize(
    "base",
    [188, 28_803, 2.0**28, -2_208_988_800, 315_964_800, 946_684_800],
    ids=["uptime", "1970 in UTC+8", "1978", "1900", "1980", "2000"],
)
def test_time_of_a_clock_that_was_never_set_is_refused_by_that_name(base: float) -> None:
    head = {"bn": "gw-0001:", "bt": base, "n": "seq", "v": 1}
    judged = judge(json.dumps([head, lux(312.5), fix("lat", 20), fix("lon", 110)]).encode())
    assert set(reasons(judged)) == {Reason.CLOCK_UNSET}
    assert (judged.seq, judged.times, judged.positions) == (1, [], [])


def test_clock_that_is_set_within_a_pack_is_believed_from_then_on() -> None:
    records = [
        {"bn": "gw-0001:", "bt": 188, "n": "seq", "v": 1},
        lux(1),
        lux(2, NOW - 188),
        {"bt": NOW, **lux(3, 30)},
        {"bt": 0, **lux(4, -10)},
        lux(5, 1e10),
    ]
    judged = judge(json.dumps(records).encode())
    assert reasons(judged) == [Reason.CLOCK_UNSET, Reason.AHEAD]
    assert list(zip(judged.times, judged.values, strict=True)) == [
        (NOW, 2),
        (NOW + 30, 3),
        (NOW + 50, 4),
    ]
    assert judged.relative  # one of its times is: a second arrival would shift it


@given(st.floats(-2e9, 2e10), st.floats(-1e6, 1e6))
def test_no_reading_is_ever_stored_further_ahead_than_a_clock_may_be_off(
    base: float, offset: float
) -> None:
    judged = judge(json.dumps([{"bn": "gw-0001:", "bt": base}, lux(1, offset)]).encode())
    small = abs(base + offset) < 2**28
    assert all(time <= NOW + 60 + (0 if small else DAY_S) for time in judged.times)
    assert len(judged.times) + len(judged.letters) == 1


def test_gateway_cannot_speak_for_another() -> None:
    judged = judge(pack(lux(5))[:-1] + b', {"bn": "gw-0002:", "n": "pe-01", "u": "lx", "v": 9}]')
    assert reasons(judged) == [Reason.OTHER_GATEWAY]
    assert judged.sensors == [11]


def test_pack_of_a_gateway_that_is_not_registered_is_kept_whole() -> None:
    payload = pack(lux(5), gateway="gw-0009")
    judged = judge(payload, "gw-0009")
    assert reasons(judged) == [Reason.UNKNOWN_GATEWAY]
    assert (judged.letters[0].place, judged.letters[0].content) == (WHOLE, payload)
    assert judged.stranger


STRANGE = {"n": "new-01", "u": "lx", "v": 1}


@pytest.mark.parametrize(
    ("records", "useless"),
    [
        ([{"n": "pe-01", "u": "lx", "v": 3}], Reason.RETAINED),
        ([{"n": "pe-01", "u": "lx", "v": 3}, STRANGE], Reason.RETAINED),
        ([{"n": "pe-01", "u": "lx", "v": 3, "t": NOW}], None),
        ([{"n": "seq", "v": 7}, {"n": "pe-01", "u": "lx", "v": 3, "t": NOW}], None),
    ],
)
def test_retained_pack_is_refused_where_a_time_of_what_it_measured_counts_from_arrival(
    records: list[dict[str, object]], useless: Reason | None
) -> None:
    payload = json.dumps([{"bn": "gw-0001:"}, *records]).encode()
    kept = packs.refuse_retained(judge(payload))
    assert kept.useless is useless
    assert kept.sensors == ([] if useless else [11])


def test_payload_that_is_no_pack_is_kept_whole() -> None:
    judged = judge(b"\x00\xffhello")
    assert reasons(judged) == [Reason.NOT_A_PACK]
    assert judged.letters[0].content == b"\x00\xffhello"
    assert judged.useless is Reason.NOT_A_PACK


def test_too_long_a_pack_is_kept_whole_and_its_number_known() -> None:
    judged = judge(pack(*(lux(1, second) for second in range(8_000)), seq=9))
    assert reasons(judged) == [Reason.TOO_LONG]
    assert (judged.seq, judged.sensors, judged.useless) == (9, [], Reason.TOO_LONG)


def test_bad_accuracy_leaves_the_position() -> None:
    judged = judge(pack(fix("lat", 20), fix("lon", 110), fix("m", -1)))
    assert reasons(judged) == [Reason.OUT_OF_RANGE]
    assert judged.positions == [Position(1, 14, NOW, 20, 110, None)]


def test_latitude_and_longitude_of_other_times_are_no_position() -> None:
    judged = judge(pack(fix("lat", 20), fix("lon", 110, 60)))
    assert reasons(judged) == [Reason.INCOMPLETE_POSITION] * 2
    assert judged.positions == []


@pytest.mark.parametrize("number", [-1, 1.5, 1e300, "first", None])
def test_number_of_a_pack_that_is_none_is_refused(number: object) -> None:
    payload = json.dumps([{"bn": "gw-0001:", "bt": NOW, "n": "seq", "v": number}, lux(5)])
    judged = judge(payload.encode())
    assert judged.seq is None
    assert reasons(judged) == [Reason.NOT_A_NUMBER]
    assert judged.values == [5]


def test_same_bad_record_has_the_same_digest_and_another_place_another() -> None:
    payload = pack(lux(-1), lux(-1))
    first, second = judge(payload).letters, judge(payload).letters
    assert [one.digest for one in first] == [one.digest for one in second]
    assert first[0].digest != first[1].digest


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
GOOD = st.builds(
    lux, st.floats(0, 200_000, allow_nan=False), st.integers(-1_000_000, 80_000).map(float)
)
BAD = st.one_of(
    st.builds(lux, st.just(-1) | st.just("x") | st.just(math.nan)),
    st.builds(lux, st.just(1), name=st.just("pe-77")),
    st.builds(lux, st.just(1), st.just(3 * DAY_S)),
    JSON.filter(lambda item: not isinstance(item, dict)),
)


@given(st.lists(GOOD.map(lambda one: (True, one)) | BAD.map(lambda one: (False, one)), max_size=30))
def test_any_mix_stores_every_good_record_and_keeps_every_bad_one(
    mix: list[tuple[bool, dict[str, object]]],
) -> None:
    judged = judge(pack(*(record for _, record in mix)))
    assert judged.values == [record["v"] for good, record in mix if good]
    assert judged.places == [place for place, (good, _) in enumerate(mix, 1) if good]
    assert {one.place for one in judged.letters} == {
        place for place, (good, _) in enumerate(mix, 1) if not good
    }
    assert len(judged.letters) + len(judged.values) == len(mix)


@given(st.binary(max_size=400) | JSON.map(lambda item: json.dumps(item).encode()))
def test_nothing_a_gateway_sends_raises(payload: bytes) -> None:
    judged = judge(payload)
    assert judged.letters or judged.records
