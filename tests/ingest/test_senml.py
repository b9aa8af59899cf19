"""A pack is read and resolved as RFC 8428 says, whatever is wrong with single records."""

import json

import pytest

from ingest import senml
from ingest.reasons import Reason
from ingest.senml import Resolved, Unreadable

ARRIVAL = 1_764_000_000.0


def resolved(payload: bytes, arrival: float = ARRIVAL) -> list[Resolved]:
    records, faults = senml.read(payload)
    assert faults == []
    return [Resolved(*record) for record in senml.resolve(records, arrival)]


def test_single_datapoint_of_rfc_5_1_1() -> None:
    payload = b'[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]'
    assert resolved(payload) == [Resolved(0, "urn:dev:ow:10e2073a01080063", "Cel", 23.1, ARRIVAL)]


def test_multiple_datapoints_of_rfc_5_1_2() -> None:
    payload = b"""[
      {"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},
      {"n":"current","u":"A","v":1.2}]"""
    assert [(one.name, one.unit, one.value) for one in resolved(payload)] == [
        ("urn:dev:ow:10e2073a01080063:voltage", "V", 120.1),
        ("urn:dev:ow:10e2073a01080063:current", "A", 1.2),
    ]


def test_base_time_and_relative_times_of_rfc_5_1_2() -> None:
    payload = b"""[
      {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
       "n":"voltage","u":"V","v":120.1},
      {"n":"current","t":-5,"v":1.2}, {"n":"current","t":-4,"v":1.3},
      {"n":"current","v":1.7}]"""
    assert [(one.unit, one.value, one.time) for one in resolved(payload)] == [
        ("V", 120.1, 1276020076.001),
        ("A", 1.2, 1276020071.001),
        ("A", 1.3, 1276020072.001),
        ("A", 1.7, 1276020076.001),
    ]


def test_times_without_a_clock_count_from_arrival() -> None:
    payload = b'[{"n":"a","t":-10,"v":1},{"n":"a","v":2},{"bt":-60,"n":"a","t":5,"v":3}]'
    assert [one.time for one in resolved(payload)] == [ARRIVAL - 10, ARRIVAL, ARRIVAL - 55]


def test_times_from_2_to_the_28_on_are_absolute() -> None:
    assert [one.time for one in resolved(b'[{"n":"a","t":268435456,"v":1}]')] == [2**28]


def test_small_time_ahead_of_arrival_is_a_clock_that_counts_from_its_start() -> None:
    """RFC 8428, 4.5.3 would put it into the future, where nothing is measured."""
    payload = (
        b'[{"bt":188,"n":"a","v":1},{"n":"a","t":28615,"v":2},{"bt":-60,"n":"a","t":60,"v":3}]'
    )
    assert [one.time for one in resolved(payload)] == [188, 28803, ARRIVAL]


@pytest.mark.parametrize(
    "sent",
    [b"%s\0", b"%s \r\n\0\0\0", b"%s\0what the buffer held before}]", b"\xef\xbb\xbf%s"],
)
def test_what_a_c_string_or_an_editor_puts_around_a_pack_is_passed_over(sent: bytes) -> None:
    pack = b'[{"bn":"g:","n":"a","v":1},{"n":"b","v":"?"}]'
    records, faults = senml.read(sent % pack)
    assert [one[1] for one in senml.resolve(records, ARRIVAL)] == ["g:a"]
    assert [fault.place for fault in faults] == [1]
    assert json.loads(senml.pieces(sent % pack)[1]) == {"n": "b", "v": "?"}


@pytest.mark.parametrize(
    ("payload", "number"),
    [
        (b'[{"bn":"g:","bt":1e9,"n":"seq","v":42},{"n":"pe-0', 42),
        (b'[{"v": 42.0, "n": "g:seq"} {"n":"a","v":1}]', 42),
        (b'[{"n":"a","v":7},{"n":"seq","v":42}]trailing', 42),
        (b'[{"n":"seq","v":42},{"n":"\xc4\xe3","v":1}]', 42),
        (b'[{"n":"seq","v":4', None),  # perhaps there was more of it
        (b'[{"n":"sequence","v":42}', None),
        (b'[{"n":"a","v":42},{"n":"seq"', None),
        (b"\x1f\x8b\x08 seq", None),
        (b"[{" + b'"n":"seq",' * 26_000, None),  # took a minute once
    ],
)
def test_number_of_a_pack_that_cannot_be_read_is_found(payload: bytes, number: int | None) -> None:
    with pytest.raises(Unreadable):
        senml.read(payload)
    assert senml.number_in(payload) == number


def test_base_value_is_added_and_stands_for_a_missing_one() -> None:
    payload = b'[{"bn":"x:","bv":20,"n":"a","v":3},{"n":"b"},{"bv":1,"n":"c","v":1}]'
    assert [one.value for one in resolved(payload)] == [23.0, 20.0, 2.0]


@pytest.mark.parametrize("value", ['"vs":"text"', '"vb":true', '"vd":"aGk"', '"s":12'])
def test_values_that_are_no_readings_have_no_value(value: str) -> None:
    [one] = resolved(f'[{{"bv":5,"n":"a",{value}}}]'.encode())
    assert one.value is None


def test_record_of_base_fields_alone_is_no_reading() -> None:
    assert [one.name for one in resolved(b'[{"bn":"gw:","bt":5e8},{"n":"a","v":1}]')] == ["gw:a"]


def test_bases_hold_until_the_next_one() -> None:
    payload = b'[{"bn":"a:","n":"x","v":1},{"n":"y","v":1},{"bn":"b:","n":"x","v":1}]'
    assert [one.name for one in resolved(payload)] == ["a:x", "a:y", "b:x"]


def test_unknown_fields_are_passed_over() -> None:
    assert resolved(b'[{"n":"a","v":1,"colour":"red"}]')[0].value == 1


def test_unknown_field_that_must_be_understood_refuses_its_record_only() -> None:
    records, faults = senml.read(b'[{"n":"a","v":1,"must_":1},{"n":"b","v":2}]')
    assert [(fault.place, fault.reason) for fault in faults] == [(0, Reason.UNKNOWN_FIELD)]
    assert [one[1] for one in senml.resolve(records, ARRIVAL)] == ["b"]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[1", b'"' * 3, b"[" * 100_000, b'{"n":"a"}'],
)
def test_what_is_no_pack_is_told_apart(payload: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        senml.read(payload)
    assert unreadable.value.reason is Reason.NOT_A_PACK


def test_newer_version_is_refused_whole() -> None:
    with pytest.raises(Unreadable) as unreadable:
        senml.read(b'[{"bver":11,"n":"a","v":1}]')
    assert unreadable.value.reason is Reason.NEWER_VERSION


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("7", Reason.MALFORMED),
        ("null", Reason.MALFORMED),
        ('{"n":5,"v":1}', Reason.MALFORMED),
        ('{"n":"a","v":"1"}', Reason.NOT_A_NUMBER),
        ('{"n":"a","v":true}', Reason.NOT_A_NUMBER),
        ('{"n":"a","v":"\\ud800"}', Reason.NOT_A_NUMBER),
        ('{"n":"a","v":1,"t":"\\ud800"}', Reason.MALFORMED),
        ('{"n":"a","v":[1]}', Reason.NOT_A_NUMBER),
        ('{"n":"a","v":1,"t":"now"}', Reason.MALFORMED),
    ],
)
def test_record_that_cannot_be_read_leaves_its_neighbours(bad: str, reason: Reason) -> None:
    records, faults = senml.read(f'[{{"bn":"g:","n":"x","v":1}},{bad},{{"n":"y","v":2}}]'.encode())
    assert [(fault.place, fault.reason) for fault in faults] == [(1, reason)]
    assert [one[1] for one in senml.resolve(records, ARRIVAL)] == ["g:x", "g:y"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400])
def test_numbers_that_are_none_leave_their_neighbours(number: str) -> None:
    records, _ = senml.read(f'[{{"n":"x","v":{number}}},{{"n":"y","v":2}}]'.encode())
    assert [one[1] for one in senml.resolve(records, ARRIVAL)][-1] == "y"


def test_bad_value_beside_base_fields_does_not_take_them_away() -> None:
    records, faults = senml.read(b'[{"bn":"g:","bt":1e9,"n":"x","v":"?"},{"n":"y","v":2}]')
    assert [fault.place for fault in faults] == [0]
    assert [(one[1], one[4]) for one in senml.resolve(records, ARRIVAL)] == [("g:y", 1e9)]


def test_records_on_an_unreadable_base_are_refused_not_guessed() -> None:
    records, faults = senml.read(b'[{"bn":"g:","bt":"noon","n":"x","v":1},{"n":"y","v":2}]')
    assert [(fault.place, fault.reason) for fault in faults] == [
        (0, Reason.MALFORMED),
        (1, Reason.UNREADABLE_BASE),
    ]
    assert list(senml.resolve(records, ARRIVAL)) == []


def test_pieces_are_the_records_as_sent() -> None:
    assert senml.pieces(b'[{"n": "a",  "v": 1.50},{"n":"b"}]') == [
        b'{"n": "a",  "v": 1.50}',
        b'{"n":"b"}',
    ]
    assert json.loads(senml.pieces(b'[{"n":"a","v":NaN}]')[0])["n"] == "a"
