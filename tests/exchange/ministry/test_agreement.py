"""Whatever people, the ministry and the road do: when things calm down, all agree (不重不漏)."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import LiteralString

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.rows import class_row

from db import Refused
from exchange import listings, settle, squares
from exchange.kinds import Kind, Ministry, Scope, State
from exchange.listings import Listing
from exchange.ministry import dispatch, reconcile
from exchange.ministry.documents import Decision, Type
from exchange.squares import Tab
from ops.sandbox_ministry import provinces
from ops.sandbox_ministry.faults import Faults
from registry.cards import ChangeKind, changes, drafting
from registry.org import structure
from registry.org.structure import UnitForm
from registry.review import Action
from tests.exchange import office as desks
from tests.exchange.ministry.conftest import Open, Province, wait_until
from tests.exchange.office import Office
from tests.fixtures.examples import examples
from tests.registry.conftest import Desk, MakeCard, Person

_numbers = count(1)


class World:
    """People at their desks, the exchange, and a ministry that may misbehave."""

    def __init__(self, province: Province, office: Office, make_card: MakeCard) -> None:
        self.province, self.office, self.make_card = province, office, make_card
        self.desk = Desk(office.conn, office.person)
        self.listings: list[Listing] = []
        self.finance = "finance2"  # the bureau of the division where the library is now

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

    def _first(self, which: int, kind: Kind, state: State) -> Listing | None:
        """The first of this kind in this state, from the one that is meant on."""
        start = which % max(len(self.listings), 1)
        again = map(self.office.again, self.listings[start:] + self.listings[:start])
        return next((one for one in again if (one.kind, one.state) == (kind, state)), None)

    # people

    def publish(self, which: int, way: bool) -> None:
        code = f"W{next(_numbers):07}"
        kind = Kind.SHARE if way else Kind.TRANSFER
        values = {"status": "in_use", "shareable": "true"} if way else {"status": "idle"}
        self.office.photograph(self.make_card(code=code, quantity="2.00", **values))
        scope = "local" if which % 5 == 0 else "national"
        self._list(kind, code, scope=scope)

    def demand(self, which: int, way: bool) -> None:
        days = [(datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (20, 30)]
        wish = {"title": f"求{next(_numbers)}", "wanted_by": days[0], "closing_on": days[1]}
        scope = "local" if which % 5 == 0 else "national"
        self._list(Kind.DEMAND, scope=scope, **wish)

    def _list(self, kind: Kind, *codes: str, scope: str, **values: str) -> None:
        sheet = self.office.draft(kind, *codes, scope=scope, **values)
        self.office.act("clerk", sheet, Action.SUBMIT)
        for login in desks.CHAIN[scope]:
            self.office.act(self.finance if login == "finance2" else login, sheet, Action.APPROVE)
        self.listings += listings.of_sheet(self.office.conn, sheet)

    def change(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.card_id:
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
        self.finance = "finance" if way else "finance2"

    def delist(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.state is State.LISTED:
            self.province.delist(listing)

    def settle(self, which: int, way: bool) -> None:
        listing = self._one(which)
        if listing and listing.kind is Kind.SHARE and listing.state is State.LISTED:
            self.office.settle(listing, from_on="2027-01-01", until_on="2027-02-01")

    def give(self, which: int, way: bool) -> None:
        """A taker of a transfer, inside or outside of the system."""
        if listing := self._first(which, Kind.TRANSFER, State.LISTED):
            partner = "医院" if way else "三亚市某学校"
            self.office.settle(listing, partner, way="free_transfer", outside="yes")

    def finish(self, which: int, way: bool) -> None:
        """The disposal is approved and the card moves, or it is given up."""
        listing = self._first(which, Kind.TRANSFER, State.SETTLING)
        waits = settle.settlement(self.office.conn, listing.id) if listing else None
        if waits and waits.change_id and way:
            self.office.dispose(waits.change_id)
        elif listing:
            clerk, now = self.office.person("clerk"), datetime.now(UTC)
            settle.cancel(self.office.conn, clerk, listing.id, now, "")

    def split(self, which: int, way: bool) -> None:
        listing = self._first(which, Kind.SHARE if way else Kind.TRANSFER, State.LISTED)
        if listing:
            typed = self.desk.typed(ChangeKind.SPLIT, listing.code)
            typed = drafting.Typed(typed.values, drafting.default_parts(dict(typed.values)))
            made = changes.draft(
                self.office.conn, self.office.person("clerk"), ChangeKind.SPLIT, listing.code,
                typed, datetime.now(UTC),
            )  # fmt: skip
            assert isinstance(made, int), made
            self.desk.act("clerk", made, Action.SUBMIT)
            self.desk.act("reviewer", made, Action.APPROVE)

    def store(self, which: int, way: bool) -> None:
        if listing := self._first(which, Kind.SHARE, State.LISTED):
            self.desk.approved(ChangeKind.RETURN, listing.code, returned_on="2026-11-20")

    def revoke(self, which: int, way: bool) -> None:
        listing = (
            self.office.again(self.listings[-1]) if way and self.listings else self._one(which)
        )
        if listing and listing.sheet_id:
            login = self.finance if listing.scope is Scope.NATIONAL else "department"
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
        dispatch.claim(self.province.conn, self.province.settings, datetime.now(UTC))


OURS = ("up", "down")
THEIRS = ("publish", "demand", "change", "spoil", "rename", "delist", "settle", "give", "finish",
          "split", "store", "revoke", "decide", "elsewhere", "misbehave", "die")  # fmt: skip
OFTEN = ("publish", "publish", "change", "give", "finish", "decide")
ACTS = st.lists(
    st.tuples(st.sampled_from((*THEIRS, *OFTEN, *OURS, *OURS, *OURS)),
              st.integers(0, 20), st.booleans()),
    min_size=24, max_size=40,
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


def shown(world: World, kind: Kind, tab: Tab) -> set[int]:
    """Ids of what a square shows, page by page."""
    viewer = world.office.person("clerk").id
    query = squares.Query(kind, tab, viewer, datetime.now(UTC), size=squares.LIST)
    found = squares.find(world.office.conn, query)
    ids: set[int] = set()
    while True:
        rows, more = squares.page(world.office.conn, query, found)
        ids |= {row.id for row in rows}
        if not more:
            assert found.tabs[tab].n == len(ids)
            return ids
        query = replace(query, after=(rows[-1].sort_key, rows[-1].id))


@dataclass(frozen=True, slots=True)
class Stands:
    """A listing, and the card's status; `true`: it says what its card says, if it has one."""

    id: int
    uid: str
    kind: str
    scope: str
    origin: str
    state: str
    on_local: bool
    on_national: bool
    status: str | None
    true: bool

    @property
    def live(self) -> bool:
        return State(self.state).live


STANDS: LiteralString = """
    SELECT listing.id, listing.uid::text AS uid, listing.kind, listing.scope, listing.origin,
           listing.state, on_local, on_national, card.status,
           card.id IS NULL OR (listing.name, listing.status, listing.quantity)
                            = (card.name, card.status, card.quantity) AS true
      FROM listing LEFT JOIN card ON card.id = listing.card_id
     WHERE listing.kind = %(kind)s
"""
MAY_STAND: dict[Kind, set[str | None]] = {
    Kind.TRANSFER: {"idle", "to_dispose"},
    Kind.SHARE: {"in_use", "idle", "leased", "lent", "to_dispose"},
    Kind.DEMAND: {None},
}


def squares_agree(world: World, kind: Kind) -> None:
    """A square shows what stands, where it may stand, as the register and the ministry have it."""
    store = world.province.ministry.store
    decided = store.rows("SELECT uid FROM reported WHERE standing = 'accepted'")
    passed = {row["uid"] for row in (*decided, *store.rows("SELECT uid FROM elsewhere"))}
    with world.office.conn.cursor(row_factory=class_row(Stands)) as cursor:
        rows = cursor.execute(STANDS, {"kind": kind.value}).fetchall()
    own = [one for one in rows if one.origin == "own"]
    # E1: what is settled stays, with who took it.
    local = {one.id for one in own if one.live or one.state == "settled"}
    national = {
        one.id for one in rows if one.live and one.scope == "national" and one.uid in passed
    }
    assert shown(world, kind, Tab.LOCAL) == {one.id for one in rows if one.on_local} == local
    assert shown(world, kind, Tab.NATIONAL) == {one.id for one in rows if one.on_national}
    assert {one.id for one in rows if one.on_national} == national
    assert all(one.true and one.status in MAY_STAND[kind] for one in own if one.live)
    if kind is Kind.TRANSFER:
        assert all(one.status == "disposed" for one in own if one.state == "settled")


# A pool's or the office's thread that takes a random number meanwhile is taken for the strategy.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
@pytest.mark.parametrize("world", ["https", "folder"], indirect=True)
@settings(
    max_examples=examples(6),
    phases=[Phase.generate],  # each example goes on where the last one ended
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
    for kind in Kind:
        squares_agree(world, kind)
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
    above = reconcile.statement(body, province.settings, now)
    result = reconcile.run(province.conn, above, "system:test", now)
    assert result.on_the_way == 0
    return list(result.differences)
