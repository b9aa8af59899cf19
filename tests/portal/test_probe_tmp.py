"""probe"""

from urllib.parse import quote
import pytest
from tests.portal.test_doors import app, signed_in, post, client, an_asset  # noqa

BIG = "9" * 30
P = [
    "/monitoring?q=%00",
    "/monitoring?section=" + BIG,
    "/monitoring?section=9999999999",
    "/monitoring?section=-5",
    "/monitoring?after=inf~A",
    "/monitoring?after=1e400~A&sort=value",
    "/monitoring?after=nan~A&sort=utilisation",
    "/monitoring?after=1~%00",
    "/monitoring?after=1~A&sort=utilisation",
    "/monitoring?after=-inf~A&sort=coverage",
    "/suggestions?pick=" + BIG,
    "/suggestions?pick=99999999999",
    "/suggestions?after=NaN~1",
    "/suggestions?after=1~" + BIG,
    "/suggestions?after=Infinity~1",
    "/suggestions?after=sNaN~1",
    "/suggestions?after=1e999999~1",
    "/suggestions?tab=%00",
    "/suggestions?tab=alarms&pick=1",
    "/monitoring/assets/%00",
    "/monitoring/assets/" + "x" * 3000,
    "/monitoring/assets/%ff",
    "/monitoring/assets/a%2fb",
    "/monitoring?q=" + "%F0%9F%98%80" * 100,
    "/monitoring?q=%25_%5C",
    "/monitoring?q=%ED%A0%80",
    "/photos/" + "A" * 64,
    "/login?next=%00",
    "/login?next=/%0d%0aX:1",
    "/monitoring/assets/CODE/sessions?before=0001-01-01",
    "/monitoring/assets/CODE/sessions?before=9999-12-31T23:59:59",
    "/monitoring/assets/CODE/readings.json?from=9999-12-30&to=9999-12-31",
    "/monitoring/assets/CODE/readings.json?from=0001-01-01&to=0001-01-02",
    "/monitoring/assets/CODE/sessions?before=9999-12-31T23:59:59-12:00",
    "/monitoring/assets/CODE/readings.json?from=0001-01-01T00:00:00%2B14:00&to=0001-01-02",
    "/nowhere%00",
    "/static/%00",
    "/static/../settings.py",
    "/static/..%2fsettings.py",
]


def test_probe(app, demo_database):
    code = an_asset(demo_database, "海口市图书馆")
    c = signed_in(app, "clerk")
    for p in P:
        a = c.get(p.replace("CODE", code))
        print(a.status_code, p[:90])
        a.close()
    for f in [
        dict(login="a\0b", password="x"),
        dict(login="clerk", password="a\0b"),
        dict(login="x" * 9000, password="y" * 100000),
        dict(login="", password=""),
        dict(login="\ud800".encode("utf8", "surrogatepass").decode("latin1"), password="q"),
    ]:
        print(post(app.test_client(), "/login", **f).status_code, str(f)[:50])
    for k in [BIG, "99999999999", "0"]:
        print(post(c, f"/suggestions/{k}/dismiss", reason="x").status_code, k)
    from db import single_connection, scalar

    with single_connection(demo_database.copy.url()) as conn:
        k = scalar(conn, "SELECT id FROM suggestion s WHERE state='open' LIMIT 1")
    for r in ["\0", "x" * 5000, "  "]:
        print(post(c, f"/suggestions/{k}/dismiss", reason=r).status_code, repr(r)[:20])
    c2 = app.test_client()
    c2.set_cookie("language", "\x01zz")
    print(c2.get("/login").status_code)
    print(
        c2.get("/login", headers={"Accept-Language": "xx;q=abc,,;;"}).status_code,
        c2.get("/login", headers={"Cookie": "panhuo=garbage"}).status_code,
    )
    assert 0
