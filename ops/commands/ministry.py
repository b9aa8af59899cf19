"""`panhuo ministry`: how the exchange stands, what differs, and what an operator mends."""

import sys
from datetime import UTC, datetime
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from db import Refused
from db.roles import DatabaseRole
from exchange.ministry import MinistrySettings, mend, reconcile, send, signing, told
from exchange.ministry.office import transport
from exchange.ministry.refusals import Unacceptable
from exchange.ministry.send import State
from exchange.ministry.transport import Unreachable
from ops.reach import connected
from ops.words import language

ACTOR = "system:panhuo"


@click.group()
def ministry() -> None:
    """The exchange with the ministry's aggregator (F3)."""


@ministry.command()
def status() -> None:
    """Count the documents on their way, and say when the aggregator was last reached."""
    with connected(DatabaseRole.EXCHANGE) as conn:
        found = send.overview(conn)
        dead, _more = send.page(conn, State.DEAD)
    for state, number in found.counts.items():
        click.echo(f"{state.label.of(language())}: {number}")
    click.echo(f"held up by a dead one: {found.held_up}; came down and refused: {found.refused}")
    for direction, contact in found.contacts.items():
        reached = f"{contact.reached_at:%Y-%m-%d %H:%M:%S %Z}" if contact.reached_at else "never"
        click.echo(f"{direction}: reached {reached} {contact.last_error}".rstrip())
    for row in dead:
        click.echo(f"dead {row.id}: {row.name} {row.code} {row.document.value}: {row.last_error}")


@ministry.command()
@click.argument("document", type=int, required=False)
@click.option("--listing", type=click.UUID, help="Every document of this listing instead.")
def resend(document: int | None, listing: UUID | None) -> None:
    """Send a dead document again (its number, see `status`)."""
    if (document is None) == (listing is None):
        raise click.UsageError("Name a document, or a listing.")
    now = datetime.now(UTC)
    with connected(DatabaseRole.EXCHANGE) as conn:
        if document is not None:
            send.resend(conn, ACTOR, document, now)
            click.echo("It is sent again.")
        if listing is not None:
            number = mend.resend_all(conn, ACTOR, listing, now)
            click.echo(f"{number} documents are sent again.")


@ministry.command()
@click.argument("listing", type=click.UUID)
def tell(listing: UUID) -> None:
    """Make a listing as its card is, and report it as it stands now."""
    with connected(DatabaseRole.EXCHANGE) as conn:
        queued = mend.tell(conn, ACTOR, listing, datetime.now(UTC))
    click.echo(f"Done; what is national is reported: {queued.value if queued else ''}")


@ministry.command("reconcile")
def reconcile_command() -> None:
    """Compare cards, listings, outbox and aggregator; exit code 1 where something differs."""
    settings = MinistrySettings()
    road = transport(settings)
    above, problem, now = None, "", datetime.now(UTC)
    try:
        body = road.statement() if road else None
        above = reconcile.statement(body, settings, now) if body is not None else None
    except (Unreachable, Unacceptable) as error:
        problem = str(error)
    with connected(DatabaseRole.EXCHANGE) as conn:
        if above is None and not problem:
            above = reconcile.kept(conn)
        found = reconcile.run(conn, above, ACTOR, now)
    _print(found)
    if above is None:
        click.echo(f"Without the aggregator's list. {problem}".rstrip(), err=True)
    sys.exit(1 if found.differences or problem else 0)


def _print(found: reconcile.Reconciliation) -> None:
    tongue = language()
    table = Table(box=None, pad_edge=False)
    for heading in ("what differs", "listing", "facts", "how to mend it"):
        table.add_column(heading, overflow="fold")
    for one in found.differences:
        facts = ", ".join(
            f"{fact.label.of(tongue)} {fact.value.of(tongue)}" for fact in told.facts(one)
        )
        listing = f"{one.name} {one.uid or ''}".strip()
        table.add_row(one.kind.label.of(tongue), listing, facts, one.kind.step.of(tongue))
    if found.differences:
        Console(highlight=False, markup=False).print(table)
    click.echo(
        f"{found.listings} national listings compared, {len(found.differences)} differences, "
        f"{found.on_the_way} on the way."
    )


@ministry.command()
@click.argument("name")
@click.option("--kind", type=click.Choice([a.value for a in signing.Algorithm]), default="hmac")
def key(name: str, kind: str) -> None:
    """Make a key: what signs goes into PANHUO_MINISTRY_KEY, what verifies to the other side."""
    if not signing.ID.fullmatch(name):
        raise Refused("ministry.key_name", name=name)
    signs, verifies = signing.make(name, signing.Algorithm(kind))
    click.echo(f"signs (secret):   {signs}\nverifies:         {verifies}")
