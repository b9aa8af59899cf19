"""`panhuo user`: the first users of an installation, and lost passwords."""

import secrets
from datetime import UTC, datetime, timedelta

import click

from db.roles import DatabaseRole
from ops.reach import connected
from portal.settings import PortalSettings
from registry import review
from registry.org import (
    Role,
    UserType,
    add_user,
    passwords,
    set_active,
    set_password,
    throttle,
    unit_id,
)
from registry.org.users import name_of

ACTOR = "system:panhuo"


@click.group()
def user() -> None:
    """Users. There is no default password anywhere."""


def _password(asked: bool) -> tuple[str, datetime | None]:
    """A password, and when it expires: one that is made here is temporary."""
    if asked:
        word: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return word, None
    hours = PortalSettings().temporary_password_hours
    return secrets.token_urlsafe(12), datetime.now(UTC) + timedelta(hours=hours)


def _tell(word: str, expires: datetime | None) -> None:
    """Only once it holds: what was refused has no password."""
    if expires is not None:
        click.echo(f"Password (shown this once): {word}")
        until = f"{expires.astimezone():%Y-%m-%d %H:%M}"
        click.echo(f"It is temporary: valid until {until}, and changed at the first sign-in.")


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--unit", "unit_code", required=True, help="Code of their unit.")
@click.option(
    "--type", "type_", type=click.Choice([t.value for t in UserType]),
    help="Unset: 002 in a finance bureau, else 003.",
)  # fmt: skip
@click.option(
    "--role", "roles", type=click.Choice([r.value for r in Role]), multiple=True, required=True
)
@click.option("--ask", is_flag=True, help="Ask the person for a password of their own.")
def add(
    login: str, name: str, unit_code: str, type_: str | None, roles: tuple[str, ...], ask: bool
) -> None:
    """Add a user; a temporary password is made and printed once."""
    word, expires = _password(ask)
    kept = passwords.hashed(login, word, name)
    with connected(DatabaseRole.PORTAL) as conn:
        add_user(
            conn,
            ACTOR,
            login=login,
            name=name,
            type=UserType(type_) if type_ else None,
            unit_id=unit_id(conn, unit_code),
            roles=[Role(role) for role in roles],
            password_hash=kept,
            expires=expires,
        )
    _tell(word, expires)
    click.echo(f"{login} may sign in.")


@user.command()
@click.argument("login")
@click.option("--ask", is_flag=True, help="Ask the person for a password of their own.")
def password(login: str, ask: bool) -> None:
    """Give a user a new, temporary password; their sessions end."""
    word, expires = _password(ask)
    with connected(DatabaseRole.PORTAL) as conn:
        name = name_of(conn, login)
    kept = passwords.hashed(login, word, name)
    with connected(DatabaseRole.PORTAL) as conn:
        set_password(conn, ACTOR, login, kept, expires=expires)
    _tell(word, expires)


@user.command()
@click.argument("login", required=False)
@click.option("--address", help="Instead: what was counted of an address, whatever the logins.")
def unlock(login: str | None, address: str | None) -> None:
    """Forget the failed sign-ins by which a login, or an address, is locked."""
    if (login is None) == (address is None):
        raise click.UsageError("Name a login, or --address.")
    with connected(DatabaseRole.PORTAL) as conn:
        if address is not None:
            throttle.unlock_address(conn, ACTOR, address)
        elif login is not None:
            name_of(conn, login)
            throttle.unlock_user(conn, ACTOR, login)
    click.echo(f"{login or address} may sign in at once.")


@user.command()
@click.argument("login")
def deactivate(login: str) -> None:
    """Keep a user out; what they did stays."""
    with connected(DatabaseRole.PORTAL) as conn:
        set_active(conn, ACTOR, login, active=False)
        left = len(review.on_nobody(conn, None))
    click.echo(f"{login} may no longer sign in.")
    if left:
        click.echo(f"{left} documents wait where nobody can review them: see /admin/reviews.")
