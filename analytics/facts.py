"""Keep what was read of assets and sensors, and hand it out as judgements need it. Idempotent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import Final, LiteralString

import numpy as np

from analytics import calendar
from analytics.assess import DAY as MINUTES_A_DAY
from analytics.assess import Assessed, Facts, Grid, Standing
from analytics.detect import Examined
from analytics.evidence import Witness
from analytics.health import Health
from analytics.hours import Days
from db import Connection

MINUTE_S: Final = 60
HOURS_A_DAY: Final = 24

# What stands already and is the same is not written again: live data changes the newest few rows.
HOURS: LiteralString = """
    INSERT INTO usage_hour AS kept (card_id, hour, in_use_s, covered_s, starts)
    SELECT * FROM unnest(%(cards)s::bigint[], %(hours)s::timestamptz[], %(in_use)s::integer[],
                         %(covered)s::integer[], %(starts)s::integer[])
    ON CONFLICT (card_id, hour) DO UPDATE
       SET in_use_s = excluded.in_use_s, covered_s = excluded.covered_s, starts = excluded.starts
     WHERE (kept.in_use_s, kept.covered_s, kept.starts)
        IS DISTINCT FROM (excluded.in_use_s, excluded.covered_s, excluded.starts)
"""
# Whether a day counts as a working day is the judgement's to say; see WORKING.
DAYS: LiteralString = """
    INSERT INTO usage_day AS kept
           (card_id, day, in_use_s, covered_s, service_s, sessions, working, valid, perhaps_s,
            unheard_s)
    SELECT * FROM unnest(%(cards)s::bigint[], %(days)s::date[], %(in_use)s::integer[],
        %(covered)s::integer[], %(service)s::integer[], %(sessions)s::integer[],
        %(working)s::boolean[], %(valid)s::boolean[], %(perhaps)s::integer[],
        %(unheard)s::integer[])
    ON CONFLICT (card_id, day) DO UPDATE
       SET in_use_s = excluded.in_use_s, covered_s = excluded.covered_s,
           service_s = excluded.service_s, sessions = excluded.sessions, valid = excluded.valid,
           perhaps_s = excluded.perhaps_s, unheard_s = excluded.unheard_s
     WHERE (kept.in_use_s, kept.covered_s, kept.service_s, kept.sessions, kept.valid,
            kept.perhaps_s, kept.unheard_s)
        IS DISTINCT FROM (excluded.in_use_s, excluded.covered_s, excluded.service_s,
                          excluded.sessions, excluded.valid, excluded.perhaps_s,
                          excluded.unheard_s)
"""
FORGET_SESSIONS: LiteralString = """
    DELETE FROM usage_session
     WHERE card_id = ANY(%(all)s) AND started_at >= %(since)s AND started_at < %(before)s
       AND (card_id, started_at) NOT IN (
               SELECT * FROM unnest(%(cards)s::bigint[], %(starts)s::timestamptz[]))
"""
SESSIONS: LiteralString = """
    INSERT INTO usage_session AS kept (card_id, started_at, ended_at, basis, confidence)
    SELECT * FROM unnest(%(cards)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
                         %(bases)s::text[], %(confidences)s::real[])
    ON CONFLICT (card_id, started_at) DO UPDATE
       SET ended_at = excluded.ended_at, basis = excluded.basis, confidence = excluded.confidence
     WHERE (kept.ended_at, kept.basis, kept.confidence)
        IS DISTINCT FROM (excluded.ended_at, excluded.basis, excluded.confidence)
"""
# One that goes on over midnight was kept as far as the day before was read.
GO_ON: LiteralString = """
    UPDATE usage_session AS kept SET ended_at = said.ended_at
      FROM unnest(%(cards)s::bigint[], %(ends)s::timestamptz[]) AS said (card_id, ended_at)
     WHERE kept.card_id = said.card_id AND kept.started_at < %(midnight)s
       AND kept.ended_at >= %(midnight)s AND kept.ended_at <> said.ended_at
"""


def keep(
    conn: Connection, read: Sequence[Facts], first: date, last: date, *, goes_on: bool = False
) -> None:
    """Replace what is kept of assets' days from `first` to `last`, days of their one grid; what is
    kept of other days stays.

    `goes_on`: a session in progress at the beginning of `first` was kept as far as that, and ends
    where it ends now.
    """
    if not read:
        return
    window = read[0].grid
    since, over = (first - window.first).days, (last - window.first).days + 1
    watched = [one for one in read if one.begun < over * MINUTES_A_DAY]
    _keep_hours(conn, watched, since, over)
    _keep_days(conn, watched, since, over)
    _keep_sessions(conn, watched, window.at(since * MINUTES_A_DAY), window.at(over * MINUTES_A_DAY))
    if goes_on:
        _keep_ends(conn, watched, calendar.midnight(first))


def _keep_hours(conn: Connection, read: Sequence[Facts], since: int, over: int) -> None:
    rows: list[tuple[int, datetime, int, int, int]] = []
    for one in read:
        begun = max(HOURS_A_DAY * since, one.begun // MINUTE_S)
        kept = slice(begun, min(HOURS_A_DAY * over, -(-one.grid.passed // MINUTE_S)))
        hours = one.hours
        rows += zip(
            repeat(one.card_id),
            (one.grid.at(60 * n) for n in range(kept.start, kept.stop)),
            (hours.in_use[kept] * MINUTE_S).tolist(),
            (hours.covered[kept] * MINUTE_S).tolist(),
            hours.starts[kept].tolist(),
            strict=False,
        )
    _send(conn, HOURS, ("cards", "hours", "in_use", "covered", "starts"), rows)


def _keep_days(conn: Connection, read: Sequence[Facts], since: int, over: int) -> None:
    rows: list[tuple[object, ...]] = []
    for one in read:
        kept, days = slice(max(since, one.begun // MINUTES_A_DAY), over), one.days
        dates = [one.grid.first + timedelta(days=n) for n in range(kept.start, kept.stop)]
        rows += zip(
            repeat(one.card_id),
            dates,
            (days.in_use[kept] * MINUTE_S).tolist(),
            (days.covered[kept] * MINUTE_S).tolist(),
            (days.service[kept] * MINUTE_S).tolist(),
            days.sessions[kept].tolist(),
            map(calendar.is_working, dates),
            days.valid[kept].tolist(),
            (days.perhaps[kept] * MINUTE_S).tolist(),
            (days.unheard[kept] * MINUTE_S).tolist(),
            strict=False,
        )
    names = (
        "cards", "days", "in_use", "covered", "service", "sessions", "working", "valid", "perhaps",
        "unheard",
    )  # fmt: skip
    _send(conn, DAYS, names, rows)


def _keep_sessions(
    conn: Connection, read: Sequence[Facts], first: datetime, before: datetime
) -> None:
    rows = [
        (one.card_id, session.started_at, session.ended_at, session.basis, session.confidence)
        for one in read
        for session in one.sessions
        if first <= session.started_at < before
    ]
    forgotten = {
        "all": [one.card_id for one in read],
        "since": first,
        "before": before,
        "cards": [row[0] for row in rows],
        "starts": [row[1] for row in rows],
    }
    conn.execute(FORGET_SESSIONS, forgotten)
    _send(conn, SESSIONS, ("cards", "starts", "ends", "bases", "confidences"), rows)


def _keep_ends(conn: Connection, read: Sequence[Facts], midnight: datetime) -> None:
    rows = [
        (one.card_id, session.ended_at)
        for one in read
        for session in one.sessions
        if session.started_at < midnight < session.ended_at
    ]
    _send(conn, GO_ON, ("cards", "ends"), rows, midnight=midnight)


def _send(
    conn: Connection,
    statement: LiteralString,
    names: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    **others: object,
) -> None:
    """Execute a statement with one array for each column of the rows, of these names."""
    if rows:
        columns = map(list, zip(*rows, strict=True))
        conn.execute(statement, dict(zip(names, columns, strict=True)) | others)


KEPT_DAYS: LiteralString = """
    SELECT card_id, day, in_use_s / 60, covered_s / 60, service_s / 60, sessions, valid,
           perhaps_s / 60, unheard_s / 60
      FROM usage_day
     WHERE card_id = ANY(%(cards)s) AND day >= %(first)s AND day <= %(last)s
"""


def days_of(conn: Connection, cards: Collection[int], window: Grid) -> dict[int, Days]:
    """By card (an id) what is kept of each day of the window; nothing, of days of which nothing is
    kept.
    """
    found = {card: np.zeros((7, window.days), dtype=np.int64) for card in cards}
    sent = {"cards": list(cards), "first": window.first, "last": window.last}
    for card, day, *figures in conn.execute(KEPT_DAYS, sent):
        found[card][:, (day - window.first).days] = figures
    return {
        card: Days(
            in_use=rows[0], covered=rows[1], service=rows[2], sessions=rows[3],
            valid=rows[4].astype(bool), perhaps=rows[5], unheard=rows[6],
        )
        for card, rows in found.items()
    }  # fmt: skip


STANDINGS: LiteralString = """
    SELECT card_id, able, agree, proven FROM assessment WHERE card_id = ANY(%(cards)s)
"""


def standings(conn: Connection, cards: Collection[int]) -> dict[int, Standing]:
    """By card (an id) what its newest judgement says of its sensors together."""
    rows = conn.execute(STANDINGS, {"cards": list(cards)})
    return {card: Standing(able, agree, proven) for card, able, agree, proven in rows}


SENSORS: LiteralString = """
    SELECT binding.card_id, sensor.id, sensor.kind, sensor_health.coverage::double precision,
           EXISTS (SELECT FROM sensor_proof
                    WHERE binding_id = binding.id AND ended_at IS NULL), sensor_health.misread,
           sensor_health.state
      FROM binding
      JOIN sensor ON sensor.id = binding.sensor_id
      JOIN sensor_health ON sensor_health.sensor_id = sensor.id
     WHERE binding.until IS NULL AND binding.card_id = ANY(%(cards)s)
     ORDER BY binding.card_id, sensor.id
"""


def witnesses(
    conn: Connection, cards: Collection[int]
) -> dict[int, tuple[list[Witness], list[Health]]]:
    """By card (an id) the sensors that watch it now, and how they are."""
    found: dict[int, tuple[list[Witness], list[Health]]] = {card: ([], []) for card in cards}
    for card, *said, state in conn.execute(SENSORS, {"cards": list(cards)}):
        found[card][0].append(Witness(*said))
        found[card][1].append(Health(state))
    return found


ASSESSMENT: LiteralString = """
    INSERT INTO assessment (card_id, verdict, reasons, rule_id, window_from, window_to, now_state,
           in_use_s, covered_s, service_s, sessions, valid_days, used_days, available_h,
           utilisation, upper_bound, coverage, last_use_at, made_at, closed, closed_by,
           closed_counted, able, agree, proven)
    VALUES (%(card)s, %(verdict)s, %(reasons)s, %(rule)s, %(from)s, %(to)s, %(now_state)s,
           %(in_use)s, %(covered)s, %(service)s, %(sessions)s, %(valid_days)s, %(used_days)s,
           %(available)s, %(utilisation)s, %(upper_bound)s, %(coverage)s,
           (SELECT max(ended_at) FROM usage_session WHERE card_id = %(card)s), %(now)s,
           %(closed)s, %(closed_by)s, %(closed_counted)s, %(able)s, %(agree)s, %(proven)s)
    ON CONFLICT (card_id) DO UPDATE
       SET verdict = excluded.verdict, reasons = excluded.reasons, rule_id = excluded.rule_id,
           window_from = excluded.window_from, window_to = excluded.window_to,
           now_state = excluded.now_state, in_use_s = excluded.in_use_s,
           covered_s = excluded.covered_s, service_s = excluded.service_s,
           sessions = excluded.sessions, valid_days = excluded.valid_days,
           used_days = excluded.used_days, available_h = excluded.available_h,
           utilisation = excluded.utilisation, upper_bound = excluded.upper_bound,
           coverage = excluded.coverage, made_at = excluded.made_at,
           closed = excluded.closed, closed_by = excluded.closed_by,
           closed_counted = excluded.closed_counted,
           able = excluded.able, agree = excluded.agree, proven = excluded.proven,
           last_use_at = excluded.last_use_at
"""
WORKING: LiteralString = """
    UPDATE usage_day SET working = said.working
      FROM unnest(%(cards)s::bigint[], %(days)s::date[], %(working)s::boolean[])
           AS said (card_id, day, working)
     WHERE usage_day.card_id = said.card_id AND usage_day.day = said.day
       AND usage_day.working <> said.working
"""
LAST_USE: LiteralString = """
    SELECT max(ended_at) FROM usage_session WHERE card_id = %(card)s
"""

Closed = Mapping[date, Collection[int]]


def keep_assessments(
    conn: Connection, made: Sequence[tuple[Assessed, Closed, str]], now: datetime
) -> None:
    """Keep judgements, each with the closed days of its window, with the units (ids) by whose
    calendar, and with what the asset is doing now.
    """
    conn.cursor().executemany(ASSESSMENT, [_row(*one, now) for one in made])
    days = [
        (one.card_id, one.grid.first + timedelta(days=n), working)
        for one, _, _ in made
        for n, working in enumerate(one.working)
    ]
    _send(conn, WORKING, ("cards", "days", "working"), days)


def last_use(conn: Connection, card_id: int) -> datetime | None:
    """When the asset was last used, as far as is known."""
    found = conn.execute(LAST_USE, {"card": card_id}).fetchone()
    return found[0] if found else None


def _row(assessed: Assessed, closed: Closed, now_state: str, now: datetime) -> dict[str, object]:
    window = assessed.grid
    return {
        "card": assessed.card_id,
        "verdict": assessed.judged.verdict.value,
        "reasons": [reason.value for reason in assessed.judged.reasons],
        "rule": assessed.rule.id,
        "from": window.start,
        "to": window.at(window.passed),
        "now_state": now_state,
        "in_use": assessed.in_use_s,
        "covered": assessed.covered_s,
        "service": assessed.service_s,
        "sessions": assessed.session_count,
        "valid_days": assessed.valid_days,
        "used_days": assessed.used_days,
        "available": assessed.available_h,
        "utilisation": assessed.judged.utilisation,
        "upper_bound": assessed.judged.upper_bound,
        "coverage": min(1.0, assessed.coverage),
        "now": now,
        "closed": sorted(closed),
        "closed_by": sorted({unit for units in closed.values() for unit in units}),
        "closed_counted": assessed.judged.seen.closed_counted,
        "able": assessed.standing.able,
        "agree": assessed.standing.agree,
        "proven": assessed.standing.proven,
    }


LEARNT: LiteralString = """
    INSERT INTO learnt_level (binding_id, day, on_level, rose)
    SELECT %(binding)s, %(day)s, %(on)s, %(rose)s
     WHERE (%(on)s::double precision, %(rose)s::double precision) IS DISTINCT FROM
           (SELECT (on_level, rose) FROM learnt_level
             WHERE binding_id = %(binding)s AND day < %(day)s ORDER BY day DESC LIMIT 1)
    ON CONFLICT (binding_id, day) DO UPDATE SET on_level = excluded.on_level, rose = excluded.rose
"""


def keep_learnt(conn: Connection, read: Sequence[tuple[int, Examined]], day: date) -> None:
    """Keep what readings up to `day` told of each sensor's levels, where that is news. `read`:
    bindings (ids) with their sensors.
    """
    rows = [
        {
            "binding": binding,
            "day": day,
            "on": _rounded(one.seen.on),
            "rose": _rounded(one.seen.rose),
        }
        for binding, one in read
        if one.seen.on is not None or one.seen.rose is not None
    ]
    if rows:
        conn.cursor().executemany(LEARNT, rows)


def _rounded(level: float | None) -> float | None:
    """To three digits: what differs by less is the same level."""
    return None if level is None else float(f"{level:.3g}")
