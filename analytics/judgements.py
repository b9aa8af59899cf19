"""Verdicts by what is kept of each day, and what becomes of suggestions by them (I4)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from analytics import assess, closed_days, evidence, facts, idle, proposals
from analytics.assess import Assessed, Standing
from analytics.evidence import Witness
from analytics.idle import Verdict
from analytics.proposals import Stand
from analytics.rules import Rule
from db import Connection


@dataclass(slots=True)
class RunReport:
    """What a run did."""

    assets: int = 0
    unchanged: int = 0
    without_rule: int = 0
    raised: int = 0
    waiting: int = 0
    resumed: int = 0
    withdrawn: int = 0
    failed: int = 0  # assets of gateways whose judgement broke off
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, other: "RunReport") -> None:
        """Count in what another did."""
        for each in fields(self):
            total = getattr(self, each.name) + getattr(other, each.name)
            setattr(self, each.name, total)

    def __str__(self) -> str:
        verdicts = ", ".join(f"{name} {count}" for name, count in self.verdicts.most_common())
        return (
            f"{self.assets} assets judged ({verdicts or 'none'}), {self.unchanged} unchanged, "
            f"{self.without_rule} without a rule; "
            f"suggestions: {self.raised} raised, {self.waiting} set aside, {self.resumed} resumed, "
            f"{self.withdrawn} withdrawn"
            + (f"; {self.failed} assets FAILED" if self.failed else "")
        )


def judge(
    conn: Connection,
    rule_of: Mapping[int, Rule],
    standing: Mapping[int, Standing],
    states: Mapping[int, str],
    now: datetime,
) -> RunReport:
    """Judge cards (ids) by what is kept of their days and sensors, and act on it.

    `rule_of`, `standing`, `states`: by card the rule that holds, what is to be said of its sensors
    together, and what it is doing now.
    """
    report = RunReport()
    widest = assess.grid(now, max((r.window_days for r in rule_of.values()), default=1))
    closed = closed_days.by_card(conn, rule_of, widest.first, widest.last)
    witnesses = facts.witnesses(conn, rule_of)
    kept = {
        width: facts.days_of(conn, list(rule_of), assess.grid(now, width))
        for width in {rule.window_days for rule in rule_of.values()}
    }
    made = []
    for card, rule in rule_of.items():
        window = assess.grid(now, rule.window_days)
        shut = {day: units for day, units in closed[card].items() if day >= window.first}
        healths = witnesses[card][1]
        days = kept[rule.window_days][card]
        assessed = assess.judge(card, days, standing[card], healths, rule, window, shut)
        made.append((assessed, shut, states[card]))
    facts.keep_assessments(conn, made, now)
    stands = proposals.standing(conn, rule_of, now)
    for assessed, _, _ in made:
        report.assets += 1
        report.verdicts[assessed.judged.verdict.value] += 1
        stand = stands.get(assessed.card_id)
        _suggest(conn, assessed, witnesses[assessed.card_id][0], stand, now, report)
    return report


def _suggest(
    conn: Connection,
    assessed: Assessed,
    witnesses: Sequence[Witness],
    stand: Stand | None,
    now: datetime,
    report: RunReport,
) -> None:
    verdict, card = assessed.judged.verdict, assessed.card_id
    if verdict is Verdict.IDLE:
        if stand is Stand.WAITING:
            report.resumed += proposals.resume(conn, card) is not None
        elif stand is None:
            frozen = evidence.evidence(assessed, witnesses, facts.last_use(conn, card))
            raised = proposals.propose(conn, card, assessed.rule.id, frozen, now)
            report.raised += raised is not None
        return
    if stand not in {Stand.OPEN, Stand.WAITING}:
        return
    reason = assessed.judged.reasons[0].value if assessed.judged.reasons else verdict.value
    if assessed.judged.by_closure:
        report.waiting += proposals.wait(conn, card, idle.Reason.CLOSED.value, now) is not None
    elif verdict is Verdict.IN_USE:
        report.withdrawn += proposals.withdraw(conn, card, reason, now) is not None
    else:
        report.waiting += proposals.wait(conn, card, reason, now) is not None
