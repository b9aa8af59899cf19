"""`/admin/users`: people listed, added, changed, kept out and let in."""

from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, asked_values, edge, once, paging, signed_in
from portal.consequence import Consequence, warns
from portal.consequence import people as means
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.page import Page
from portal.password_asked import asks_password
from portal.permissions import needs
from portal.words import by_field, words_for
from registry import review
from registry.org import (
    Permission,
    Role,
    User,
    UserType,
    account,
    authority,
    contacts,
    hashing,
    people,
    people_list,
    sessions,
    unit_search,
)
from registry.org.people import Person, Who
from registry.org.people_list import PeopleQuery, PersonRow, Sort
from registry.org.unit_sections import all_sections
from registry.org.user_types import BY_UNIT as BY_UNIT_TYPES
from registry.stocktake import devices

bp = Blueprint("admin_people", __name__, url_prefix="/admin/users")
KEY: Final = f"int(max={asked.LARGEST_NUMBER}):user_id"
FEW_UNITS: Final = 60
LONGEST_UNIT: Final = 256
BY_UNIT: Final = ""  # the type that the unit's kind says
NO_UNIT: Final = 0  # no unit has this id: what was typed means none
STATES: Final = {"active": True, "inactive": False, "all": None}


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The list."""
    viewer, args = edge.viewer(), request.args
    state = asked_values.member("state", STATES, "active")
    sort = Sort(asked_values.member("sort", Sort, Sort.LOGIN))
    unit, after = args.get("unit", "").strip()[:LONGEST_UNIT], _after()
    with edge.database().transaction("people") as conn:
        query = PeopleQuery(
            people.kept_units(conn, viewer),
            args.get("q", "")[:64],
            (unit_search.typed(conn, viewer, unit) or NO_UNIT) if unit else None,
            asked_values.member("type", UserType),
            asked_values.member("role", Role),
            STATES[state],
            sort,
            after,
            paging.back(after),
        )
        rows, more = people_list.page(conn, query)
        active, inactive = people_list.counts(conn, query)
        units = unit_search.like(conn, viewer, "")
    return render_template(
        "pages/admin_people.html",
        rows=rows,
        query=query,
        state=state if state in STATES else "active",
        counts={"active": active, "inactive": inactive, "all": active + inactive},
        unit=unit,
        units=units,
        types=list(UserType),
        roles=list(Role),
        pages=paging.pager(rows, more, _key, paged=after is not None),
    )


def _key(row: PersonRow) -> str:
    return f"{row.sorted_by}~{row.id}"


def _after() -> tuple[str, int] | None:
    """`<key>~<id>`: where the page before ended."""
    key, _tilde, last = request.args.get("after", "").rpartition("~")
    sensible = last.isascii() and last.isdigit() and int(last[:10]) <= asked.LARGEST_NUMBER
    return (key[:200], int(last[:10])) if sensible else None


def _choices(conn: Connection, one: Person | None, unit: str) -> dict[str, Any]:
    """What the form offers: the first units, the sections of `unit`, types and roles."""
    viewer = edge.viewer()
    typed = unit_search.typed(conn, viewer, unit) if unit else one and one.unit_id
    # Every section of a province is no list to choose from: those of the person's unit are.
    shown = [typed] if typed else unit_search.few(conn, viewer, FEW_UNITS)
    given = {*authority.roles_given(viewer), *(one.roles if one else ())}
    return {
        "units": unit_search.like(conn, viewer, ""),
        "sections": all_sections(conn, shown),
        # 002 or 003 is no choice: it follows from the unit.
        "types": [each for each in authority.types_given(viewer) if each not in BY_UNIT_TYPES],
        "roles": [role for role in Role if role in given],
    }


def _form_of(conn: Connection, one: Person | None) -> dict[str, Any]:
    """What the form shows first."""
    if one is None:
        return {"roles": {Role.PREPARER.value}, "type": BY_UNIT}
    return {
        "name": one.name,
        "type": BY_UNIT if one.type in BY_UNIT_TYPES else one.type.value,
        "unit": unit_search.said(conn, one.unit_id),
        "section": one.section_id or "",
        "email": one.email,
        "phone": one.phone,
        "roles": {role.value for role in one.roles},
    }


def _typed() -> dict[str, Any]:
    """What was typed, to be shown again."""
    form: dict[str, Any] = request.form.to_dict()
    return {**form, "roles": set(request.form.getlist("roles"))}


def _who(conn: Connection, one: Person | None) -> Who:
    """The form as facts; a field that is disabled for oneself keeps what stands."""
    form = request.form
    own = one is not None and one.id == edge.viewer().id
    type_ = form.get("type", "")
    roles = frozenset(Role(role) for role in form.getlist("roles") if role in set(Role))
    section = form.get("section", "")
    if own and one is not None:
        rights: tuple[UserType | None, int, frozenset[Role]] = (one.type, one.unit_id, one.roles)
    else:
        if type_ != BY_UNIT and type_ not in set(UserType):
            abort(400)
        unit = form.get("unit", "")[:LONGEST_UNIT]
        unit_id = unit_search.chosen(conn, edge.viewer(), unit, "unit")
        rights = (UserType(type_) if type_ else None, unit_id, roles)
    return Who(
        form.get("name", ""),
        *rights,
        asked.form_number("section") if section else None,
        form.get("email", ""),
        form.get("phone", ""),
    )


def _form_page(
    conn: Connection, one: Person | None, shown: dict[str, Any], refusals: dict[str, str]
) -> Page:
    facts = _choices(conn, one, shown.get("unit", ""))
    if one is not None:
        facts["alone"] = len(review.on_one(conn, one.id, people.seat_of(one)))
        facts["sign_ins"] = account.last_sign_ins(conn, one.login)
        facts["kept"] = authority.may_act_on(conn, edge.viewer(), one)
        facts["above"] = [] if facts["kept"] else contacts.above_all(conn, one.unit_id)
        facts["devices"] = devices.of_user(conn, one.id)
        facts["sessions"] = sessions.of_user(conn, one.id, signed_in.limits(), edge.now())
    return Page("pages/admin_person.html", one=one, values=shown, refusals=refusals, **facts)


@bp.get("/new")
@needs(Permission.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form for somebody new."""
    with edge.database().transaction("new person") as conn:
        return _form_page(conn, None, _form_of(conn, None), {})


@bp.post("/new")
@needs(Permission.ADMINISTER)
@asks_password
@once.makes_secret
def add() -> ResponseReturnValue:
    """Add them; the temporary password is shown this once."""
    password, login = people.temporary_password(), request.form.get("login", "").strip()[:64]
    kept = hashing.hashed(password)
    try:
        with edge.database().transaction("add person") as conn:
            once.claim(conn)
            who = _who(conn, None)
            key = people.add(conn, edge.viewer(), login, who, kept, _expiry(), edge.request_id())
            once.made(conn, url_for(".edit", user_id=key))
    except Refused as refused:
        with edge.database().transaction("new person") as conn:
            return _form_page(conn, None, _typed(), by_field(refused, language())), 422
    return _password_page(key, password)


def _expiry() -> datetime:
    """Until when a temporary password given now opens anything."""
    return edge.now() + timedelta(hours=edge.settings().temporary_password_hours)


def _password_page(user_id: int, password: str) -> str:
    with edge.database().transaction("person") as conn:
        one = people.person(conn, edge.viewer(), user_id)
    return render_template("pages/admin_password.html", one=one, password=password)


@bp.get(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
def edit(user_id: int) -> ResponseReturnValue:
    """One person, to be changed."""
    with edge.database().transaction("person") as conn:
        one = people.person(conn, edge.viewer(), user_id)
        if one is None:
            abort(404)
        return _form_page(conn, one, _form_of(conn, one), {})


def _leaves(user_id: int) -> Consequence | None:
    """Before somebody is kept out: what ends, and what waits on them alone (C1)."""
    with edge.database().transaction("person") as conn:
        one = people.person(conn, edge.viewer(), user_id)
        if one is None or not one.active or one.id == edge.viewer().id:
            return None
        waits = _waits(conn, one)
    ends = _("立即退出所有登录和设备，设备里没上传的盘点要换人登录后再传。")
    return _consequence(
        one,
        _("停用用户"),
        [*waits, ends, _("做过的事都留在记录里，以后可以恢复使用。")],
        _("停用"),
        bool(waits),
    )


def _loses(user_id: int) -> Consequence | None:
    """Before somebody is moved or may review no longer: what waits on them alone; else nothing."""
    try:
        with edge.database().transaction("person") as conn:
            one = people.person(conn, edge.viewer(), user_id)
            if one is None:
                return None
            who = _who(conn, one)
            waits = _waits(conn, one)
    except Refused:
        return None  # what is wrong with the form is said beside its fields
    stays = who.unit_id == one.unit_id and Role.REVIEWER in who.roles
    if stays or not waits:
        return None
    return _consequence(one, _("更改审核岗"), waits, _("仍然保存"), True)


def _waits(conn: Connection, one: Person) -> list[str]:
    number = len(review.on_one(conn, one.id, people.seat_of(one)))
    if not number:
        return []
    return [
        ngettext(
            "有 %(num)s 份单据只等这个人审核，之后无人可审，直到为%(unit)s指定新的审核岗。",
            "%(num)s document waits for this person alone. Nobody can review it until %(unit)s has "
            "a new reviewer.",
            number,
            unit=one.unit_name,
        )
    ]


def _consequence(one: Person, title: str, means: list[str], verb: str, waits: bool) -> Consequence:
    see = (_("查看这些单据"), url_for("admin_reviews.index", user=one.id)) if waits else None
    back = url_for(".edit", user_id=one.id)
    return Consequence(title, f"{one.name} · {one.unit_name}", means, verb, see, back)


@bp.post(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
@warns(_loses)
@asks_password
def change(user_id: int) -> ResponseReturnValue:
    """Keep what the form says."""
    viewer = edge.viewer()
    try:
        with edge.database().transaction("change person") as conn:
            one = people.required(conn, viewer, user_id)
            seen = asked.form_number("seen")
            people.change(conn, viewer, user_id, _who(conn, one), seen, edge.request_id())
            left = review.on_nobody(conn, [one.unit_id])
    except Refused as refused:
        with edge.database().transaction("person") as conn:
            before = people.person(conn, viewer, user_id)
            if before is None:
                abort(404)
            return _form_page(conn, before, _typed(), by_field(refused, language())), 422
    flash(_("已保存。"))
    _say_left(one.unit_name, len(left))
    return redirect(url_for(".edit", user_id=user_id), 303)


@bp.post(f"/<{KEY}>/password")
@needs(Permission.ADMINISTER)
@warns(means.giving_password)
@asks_password
def give_password(user_id: int) -> ResponseReturnValue:
    """A temporary password, shown this once."""
    password = people.temporary_password()
    kept = hashing.hashed(password)
    return _act(user_id, people.give_password, kept, _expiry()) or _password_page(user_id, password)


@bp.post(f"/<{KEY}>/second-factor/off")
@needs(Permission.ADMINISTER)
@warns(means.turning_off_second_factor)
@asks_password
def reset_second_factor(user_id: int) -> ResponseReturnValue:
    """For somebody who has lost their phone."""
    return _act(user_id, people.reset_second_factor) or _done(user_id, _("两步验证已关闭。"))


@bp.post(f"/<{KEY}>/devices/<int(max={asked.LARGEST_NUMBER}):device>/revoke")
@needs(Permission.ADMINISTER)
@warns(means.revoking_device)
def revoke_device(user_id: int, device: int) -> ResponseReturnValue:
    """For a gun or phone that was lost, whose owner can't end it (H3)."""

    def revoke(conn: Connection, viewer: User, owner: int, *, request: str) -> None:
        people.required(conn, viewer, owner)
        devices.revoke(conn, viewer, device, edge.now(), request, owner)

    return _act(user_id, revoke) or _done(user_id, _("设备已停用，它的令牌不再有效。"))


@bp.post(f"/<{KEY}>/sessions/<int(max={asked.LARGEST_KEY}):session_id>/end")
@needs(Permission.ADMINISTER)
@warns(means.ending_session)
def end_session(user_id: int, session_id: int) -> ResponseReturnValue:
    """For somebody who forgot to sign out elsewhere, or whose session is another's."""

    def end(conn: Connection, viewer: User, owner: int, *, request: str) -> None:
        people.required(conn, viewer, owner)
        sessions.end(conn, viewer, owner, session_id, request)

    return _act(user_id, end) or _done(user_id, _("这处登录已退出。"))


@bp.post(f"/<{KEY}>/unlock")
@needs(Permission.ADMINISTER)
def unlock(user_id: int) -> ResponseReturnValue:
    """For somebody whose login others have locked."""
    return _act(user_id, people.unlock) or _done(user_id, _("已解除登录限制，可以立即登录。"))


@bp.post(f"/<{KEY}>/deactivate")
@needs(Permission.ADMINISTER)
@warns(_leaves)
def keep_out(user_id: int) -> ResponseReturnValue:
    """Keep them out; what they did stays."""
    refused = _act(user_id, people.keep_out)
    if refused is not None:
        return refused
    with edge.database().transaction("left behind") as conn:
        one = people.required(conn, edge.viewer(), user_id)
        left = review.on_nobody(conn, [one.unit_id])
    answer = _done(user_id, _("用户已停用，历史记录都保留。"))
    _say_left(one.unit_name, len(left))
    return answer


def _say_left(unit: str, number: int) -> None:
    """What nobody at the unit can review now."""
    if number:
        flash(
            ngettext(
                "%(unit)s有 %(num)s 份单据无人可审，请指定新的审核岗。",
                "%(num)s document waits at %(unit)s and nobody can review it: name a reviewer.",
                number,
                unit=unit,
            ),
            "warning",
        )


@bp.post(f"/<{KEY}>/activate")
@needs(Permission.ADMINISTER)
@asks_password
def let_in(user_id: int) -> ResponseReturnValue:
    """Let them in again."""
    return _act(user_id, people.let_in) or _done(user_id, _("用户已恢复使用。"))


def _act(user_id: int, verb: Any, *facts: object) -> ResponseReturnValue | None:
    """Do it; the answer where it is refused."""
    try:
        with edge.database().transaction(f"{verb.__name__} person") as conn:
            verb(conn, edge.viewer(), user_id, *facts, request=edge.request_id())
    except Refused as refused:
        if refused.code in {"org.person_not_found", "device.not_found", "session.not_found"}:
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(url_for(".edit", user_id=user_id), 303)
    return None


def _done(user_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".edit", user_id=user_id), 303)
