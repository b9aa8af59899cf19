"""The buffer forgets what was committed, and nothing else."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware_sim.buffer import Buffer, Pack
from tests.fixtures.examples import examples


def packet(seq: int) -> Pack:
    return Pack(seq, seq * 60, seq * 60 + 60, b"[]", 1)


def filled(count: int, **options: float) -> Buffer:
    buffer = Buffer(**options)  # type: ignore[arg-type]  # window is a whole number in all tests
    for seq in range(count):
        buffer.add(packet(seq))
    return buffer


def listened_to(count: int, **options: float) -> Buffer:
    """A buffer of whose packs a first one, -1, was committed already."""
    buffer = filled(0, **options)
    buffer.add(packet(-1))
    buffer.take(0.0)
    buffer.commit(-1, 0.0)
    for seq in range(count):
        buffer.add(packet(seq))
    return buffer


def taken(buffer: Buffer, now: float = 0.0) -> list[int]:
    found = []
    while (pack := buffer.take(now)) is not None:
        found.append(pack.seq)
    return found


def test_window_bounds_what_is_in_flight() -> None:
    buffer = listened_to(10, window=6)
    assert taken(buffer) == [0, 1, 2, 3, 4, 5]
    buffer.commit(2, 1.0)
    assert taken(buffer) == [6]


def test_few_packs_go_out_until_somebody_listens() -> None:
    buffer = filled(10, window=6)
    assert taken(buffer) == [0, 1, 2, 3]
    again = [(now, pack.seq) for now in range(200) if (pack := buffer.overdue(float(now)))]
    assert again[0] == (5, 0)
    assert all(later - sooner <= 30 for (sooner, _), (later, _) in pairwise(again))
    # The last of them is answered: so those before it were said to nobody, and go again at once.
    last = again[-1][1]
    buffer.commit(last, 200.0)
    assert taken(buffer) == [*sorted({0, 1, 2, 3} - {last}), 4, 5, 6]
    buffer.reconnected()
    assert taken(buffer) == sorted({0, 1, 2, 3, 4} - {last})


def test_committed_acknowledges_exactly_that_pack() -> None:
    buffer = filled(5)
    taken(buffer)
    assert buffer.commit(3, 1.0) == packet(3)
    assert buffer.commit(3, 1.0) is None
    assert buffer.commit(99, 1.0) is None
    assert [pack.seq for pack in buffer.packs] == [0, 1, 2, 4]


def test_what_was_in_flight_goes_first_after_a_reconnection() -> None:
    buffer = filled(6, window=3)
    taken(buffer)
    buffer.commit(1, 1.0)
    buffer.reconnected()
    assert taken(buffer) == [0, 2, 3]


def test_overdue_packs_come_one_at_a_time_and_ever_more_slowly() -> None:
    buffer = listened_to(3, window=3, resend_after=10.0)
    taken(buffer, now=0.0)
    assert buffer.overdue(9.9) is None
    again = [(now, pack.seq) for now in range(10, 200) if (pack := buffer.overdue(float(now)))]
    pauses = [later - sooner for (sooner, _), (later, _) in pairwise(again)]
    assert 3 <= len(again) < 15
    assert {seq for _, seq in again} == {0, 1, 2}
    assert pauses[-1] > pauses[0]


def test_commit_ends_the_silence() -> None:
    buffer = listened_to(40, window=40, resend_after=10.0)
    taken(buffer, now=0.0)
    for now in range(10, 100):
        buffer.overdue(float(now))
    quiet = buffer.overdue(100.0)
    buffer.commit(39, 100.0)
    assert quiet is None
    assert buffer.overdue(100.0) is not None


def test_slow_collector_is_given_time() -> None:
    buffer = filled(200, window=1, resend_after=10.0)
    now = 0.0
    for seq in range(60):
        buffer.take(now)
        now += 9.0
        buffer.commit(seq, now)
    buffer.take(now)
    assert buffer.overdue(now + 30.0) is None
    assert buffer.overdue(now + 40.0) is not None


def test_held_pack_waits_for_its_time() -> None:
    buffer = filled(1)
    buffer.hold(packet(7), until=1_000)
    assert taken(buffer) == [0]
    buffer.release(999)
    assert taken(buffer) == []
    buffer.release(1_000)
    assert taken(buffer) == [7]


class NothingIsForgotten(RuleBasedStateMachine):
    """Any order of adding, holding, sending, losing the connection, committing."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = Buffer(window=3, resend_after=5.0)
        self.uncommitted: set[int] = set()
        self.flying: set[int] = set()
        self.next = 0
        self.now = 0.0

    @rule(late=st.booleans())
    def measure(self, late: bool) -> None:
        self.uncommitted.add(self.next)
        if late:
            self.buffer.hold(packet(self.next), until=self.next + 5)
        else:
            self.buffer.add(packet(self.next))
        self.next += 1

    @rule(seconds=st.floats(0.0, 30.0))
    def send(self, seconds: float) -> None:
        self.now += seconds
        self.buffer.release(self.next)
        while (pack := self.buffer.take(self.now)) is not None:
            assert pack.seq in self.uncommitted
            self.flying.add(pack.seq)
        again = self.buffer.overdue(self.now)
        assert again is None or again.seq in self.uncommitted
        assert len(self.flying) <= 3

    @rule()
    def lose_the_connection(self) -> None:
        self.buffer.reconnected()
        self.flying.clear()

    @rule(seq=st.integers(0, 30))
    def commit(self, seq: int) -> None:
        known = self.buffer.commit(seq, self.now)
        assert (known is not None) == (seq in self.uncommitted)
        self.uncommitted.discard(seq)
        self.flying.discard(seq)

    @rule()
    def everything_arrives_in_the_end(self) -> None:
        self.buffer.release(self.next + 5)
        self.buffer.reconnected()
        while (pack := self.buffer.take(self.now)) is not None:
            assert self.buffer.commit(pack.seq, self.now) is not None
            self.uncommitted.discard(pack.seq)
        self.flying.clear()
        assert self.uncommitted == set()

    @invariant()
    def keeps_just_what_is_not_committed(self) -> None:
        assert {pack.seq for pack in self.buffer.packs} == self.uncommitted
        assert len(self.buffer) == len(self.uncommitted)


TestNothingIsForgotten = NothingIsForgotten.TestCase
TestNothingIsForgotten.settings = settings(max_examples=examples(60))
