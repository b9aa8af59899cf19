"""Whatever people, the ministry and the road do: when things calm down, all agree (不重不漏)."""

import time
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db import Refused
from exchange.kinds import Kind, Ministry, State
from exchange.listings import Listing
from exchange.ministry import dispatch, reconcile
from exchange.ministry.documents import Decision, Type
from ops.sandbox_ministry import provinces
from ops.sandbox_ministry.faults import Faults
from registry.cards import ChangeKind
from registry.org import structure
from registry.org.structure import UnitForm
from registry.review import Action
from tests.exchange import office as desks
from tests.exchange.ministry.conftest import Open, Province, wait_until
from tests.exchange.office import Office
from tests.registry.conftest import Desk, MakeCard, Person

_numbers = count(1)


class World:
    """People at their desks, the exchange, and a ministry that may misbehave."""

    def __init__(self, province: Province, office: Office, make_card: MakeCard) -> None:
        self.province, self.office, self.make_card = province, office, make_card
        self.desk = Desk(office.conn, office.person)
        self.listings: list[Listing] = []

    def act(self, verb: str, which: int, way: bool) -> None:
        try:
            with self.province.conn.transaction():
                getattr(self, verb)(which, way)
        except Refused:
            pass  # the rules forbid it now: nothing has happened

    def _one(self, which: int) -> Listing | None:
        if not self.listings:
            return None
        return self.office.again(self.listings[which % len(self.listings)])

    # people

    def publish(self, which: int, way: bool) -> None:
        code = f"W{next(_numbers):07}"
        kind = Kind.SHARE if way else Kind.TRANSFER
        values = {"status": "in_use", "shareable": "true"} if way else {"status": "idle"}
        self.office.photograph(self.make_card(code=code, **values))
        scope = "local" if which % 5 == 0 else "national"
        self.listings.append(self.office.listed(kind, code, scope=scope))

    def change(self, which: int, way: bool) -> None:
        if listing := self._one(which):
            name = f"{listing.name[:8]}{next(_numbers)}"
            self.desk.approved(ChangeKind.ATTRIBUTES, listing.code, name=name)

    def spoil(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.kind is Kind.TRANSFER and listing.state is State.LISTED:
            self.desk.approved(ChangeKind.STATUS, listing.code, status="in_use")

    def rename(self, which: int, way: bool) -> None:
        admin = self.office.person("admin")
        one = next(one for one in structure.units(self.office.conn, admin) if one.code == "L")
        name, division = f"图书馆{next(_numbers)}", "460200" if way else "460100"
        form = UnitForm(one.code, name, one.kind, division, one.parent_id)
        now = datetime.now(UTC)
        structure.change(self.office.conn, admin, one.id, form, one.version, now)

    def delist(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.state is State.LISTED:
            self.province.delist(listing)

    def settle(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.kind is Kind.SHARE and listing.state is State.LISTED:
            self.office.settle(listing, from_on="2027-01-01", until_on="2027-02-01")

    def revoke(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.sheet_id:
            login = desks.CHAIN[listing.scope.value][-1]
            self.office.act(login, listing.sheet_id, Action.REVOKE, "重新核对")

    # the ministry, and the road

    def decide(self, which: int, way: bool) -> None:
        rows = self.province.ministry.store.rows("SELECT uid FROM reported ORDER BY uid")
        if rows:
            first, second = Decision.RETURNED, Decision.ACCEPTED
            uid = rows[which % len(rows)]["uid"]
            for decision in (first, second) if way else (second, first):
                self.province.ministry.decide(uid, decision, "见附件")

    def elsewhere(self, which: int, way: bool) -> None:
        rows = self.province.ministry.store.rows("SELECT uid FROM elsewhere ORDER BY uid")
        kinds = (Type.UPDATE, Type.SETTLE, Type.DELIST)
        provinces.change(self.province.ministry, rows[which % len(rows)]["uid"], kinds[which % 3])

    def misbehave(self, which: int, way: bool) -> None:
        share = (0.0, 0.3, 0.9)[which % 3]
        Faults(fail=share / 3, lose=share, double=share, reorder=way).keep(
            self.province.ministry.store
        )

    def die(self, which: int, way: bool) -> None:
        """The exchange is killed between the claim and the sending."""
        dispatch.claim(
            self.province.conn, self.province.data, self.province.settings, datetime.now(UTC)
        )


OURS = ("up", "down")
THEIRS = ("publish", "change", "spoil", "rename", "delist", "settle", "revoke", "decide",
          "elsewhere", "misbehave", "die")  # fmt: skip
ACTS = st.lists(
    st.tuples(st.sampled_from((*THEIRS, "publish", "change", "decide", *OURS, *OURS, *OURS)),
              st.integers(0, 20), st.booleans()),
    min_size=16, max_size=32,
)  # fmt: skip
FAULTS = st.builds(
    Faults,
    fail=st.sampled_from([0.0, 0.2]),
    lose=st.sampled_from([0.8, 0.3, 0.0]),
    delay_s=st.just(0.0),
    double=st.sampled_from([0.0, 0.5]),
    reorder=st.sampled_from([True, True, False]),
)


@pytest.fixture
def world(
    open_province: Open,
    request: pytest.FixtureRequest,
    person: Person,
    make_card: MakeCard,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr(desks, "NOW", datetime.now(UTC))
    province = open_province(request.param, others=3, ministry_claim_s=0.2)
    wait_until(lambda: len(province.ministry.store.rows("SELECT uid FROM elsewhere")) == 3)
    return World(province, Office(province.conn, person), make_card)


def calm(province: Province) -> None:
    """No more faults; until nothing is on its way."""
    Faults().keep(province.ministry.store)

    def over() -> bool:
        open_ = province.count("SELECT count(*) FROM ministry_outbox WHERE state <> 'accepted'")
        return not open_ and not province.ministry.waiting(0, 1)

    province.turns(over, 30)


def agree(world: World) -> None:
    """Independently of what reconcile says: each reported listing once above, and equal."""
    province = world.province
    above = {row["uid"]: row for row in province.ministry.store.rows("SELECT * FROM reported")}
    own = [world.office.again(one) for one in world.listings]
    reported = [one for one in own if one.scope.value == "national" and one.reason != "revoked"]
    assert {str(one.uid) for one in reported} == above.keys()
    for one in reported:
        row = above[str(one.uid)]
        assert row["state"] == ("listed" if one.state.live else one.state.value)
        standing = {"waiting": Ministry.REPORTED, "accepted": Ministry.DECIDED}
        assert one.ministry is standing.get(row["standing"], Ministry.RETURNED)
        assert f'"name": "{one.name}"' in row["content"]
        if one.state.live:
            assert f'"unit": "{one.unit_name}"' in row["content"]
            assert f'"division": "{one.division}"' in row["content"]
    here: dict[str, str] = dict(
        province.conn.execute("SELECT uid::text, state FROM listing WHERE origin = 'foreign'")
    )
    there = province.ministry.store.rows("SELECT uid, state FROM elsewhere")
    assert here == {row["uid"]: row["state"] for row in there}


@pytest.mark.parametrize("world", ["https", "folder"], indirect=True)
@settings(
    max_examples=4,
    phases=[Phase.generate],  # each example goes on where the last one ended
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, faults=FAULTS)
def test_when_things_calm_down_all_agree(
    world: World, acts: list[tuple[str, int, bool]], faults: Faults
) -> None:
    faults.keep(world.province.ministry.store)
    for verb, which, way in acts:
        if verb in OURS:
            getattr(world.province.office, verb)()
        else:
            world.act(verb, which, way)
    calm(world.province)
    agree(world)
    assert world.province.ministry.store.rows("SELECT * FROM refused") == []
    # Nothing was refused for good: what stood in a gap has been taken since.
    unsettled = (
        "SELECT count(*) FROM ministry_received WHERE outcome = 'refused' AND settled_at IS NULL"
    )
    assert world.province.count(unsettled) == 0
    found = differences(world.province)
    assert [(one.kind, one.name, one.facts) for one in found] == []


def differences(province: Province) -> list[reconcile.Difference]:
    """What reconcile names, with a fresh statement of the ministry."""
    time.sleep(0.002)  # what has been answered, was answered before the statement
    now = datetime.now(UTC)
    body = province.ministry.statement()
    above = reconcile.statement(province.conn, body, province.settings, now)
    result = reconcile.run(province.conn, above, "system:test", now)
    assert result.on_the_way == 0
    return list(result.differences)
