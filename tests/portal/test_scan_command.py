"""`panhuo scan`: from a gun's cable to the count (H2)."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

from db import single_connection
from registry.stocktake import Method, devices, tasks
from registry.stocktake.tasks import Plan
from tests.fixtures.browser import Portal
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_scan_api import user

NOW = datetime.now(UTC)


def task(demo: DemoDatabase) -> tuple[int, str, list[str]]:
    """A running task of clerk2's, a device's token, and codes to count."""
    clerk = user(demo, "clerk2")
    with single_connection(demo.copy.url()) as conn:
        plan = Plan("有线枪盘点", list(Method), (NOW + timedelta(days=20)).date())
        key = tasks.plan(conn, clerk, plan, NOW, "")
        tasks.start(conn, clerk, key, NOW, "")
        tasks.hand_over(conn, clerk, key, tasks.Part(), clerk.id, NOW, "")
        _device, token = devices.add(conn, clerk, "有线枪", NOW, "")
        rows = conn.execute(
            "SELECT code FROM stocktake_expected WHERE stocktake_id = %s ORDER BY code LIMIT 3",
            (key,),
        ).fetchall()
        conn.commit()
    return key, token, [code for (code,) in rows]


def resend(portal: str, refused: int, key: int, token: str, spool: Path) -> tuple[int, str, str]:
    """The command, sending again what was refused for a task."""
    command = [executable, "-m", "ops", "scan", "--device", "/dev/unplugged", "--stocktake",
               str(key), "--portal", portal, "--spool", str(spool), "--resend",
               str(refused)]  # fmt: skip
    environment = {**os.environ, "PANHUO_SCAN_TOKEN": token, "LC_ALL": "zh_CN.UTF-8"}
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True, env=environment) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def run(
    portal: str, key: int, token: str, spool: Path, *sent: bytes, read: Callable[[], bool]
) -> tuple[int, str, str]:
    """The command over a pseudo terminal whose gun sends these and is unplugged when all is `read`:
    what has not been is lost with the cable.
    """
    ours, theirs = os.openpty()
    command = [executable, "-m", "ops", "scan", "--device", os.ttyname(theirs), "--stocktake",
               str(key), "--portal", portal, "--spool", str(spool)]  # fmt: skip
    environment = {**os.environ, "PANHUO_SCAN_TOKEN": token, "PYTHONUNBUFFERED": "1",
                   "LC_ALL": "zh_CN.UTF-8"}  # fmt: skip
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("扫码枪已就绪")
        for part in sent:
            os.write(ours, part)
        end = time.monotonic() + 60
        while not read():
            assert time.monotonic() < end, "it was never read"
            time.sleep(0.05)
        os.close(ours)
        os.close(theirs)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def holds(path: Path, *codes: str) -> bool:
    """Whether a file names them all."""
    return path.exists() and all(code in path.read_text() for code in codes)


def counted(demo: DemoDatabase, key: int) -> list[str]:
    with single_connection(demo.copy.url()) as conn:
        rows = conn.execute(
            "SELECT code FROM stocktake_count WHERE stocktake_id = %s AND standing = 'valid' "
            "ORDER BY code", (key,),
        ).fetchall()  # fmt: skip
    return [code for (code,) in rows]


def test_scans_are_counted_and_answered_and_a_wrong_token_loses_none(
    portal: Portal, demo_database: DemoDatabase, tmp_path: Path
) -> None:
    key, token, codes = task(demo_database)
    spool = tmp_path / "scans.jsonl"
    code, _out, err = run(
        portal.address, key, "phd_wrong", spool, codes[0].encode() + b"\r",
        read=lambda: holds(spool, codes[0]),
    )  # fmt: skip
    assert code == 1
    assert "401" in err
    assert counted(demo_database, key) == []

    address = f"{portal.address}/c/{codes[1]}\r".encode()
    code, out, err = run(
        portal.address, key, token, spool, address, codes[2].encode() + b"\r\n",
        read=lambda: counted(demo_database, key) == codes,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert counted(demo_database, key) == codes
    assert out.count("已盘 ") == 3
    assert spool.read_text() == ""


def test_scans_that_are_refused_are_kept_with_the_reason_and_sent_again_where_they_belong(
    portal: Portal, demo_database: DemoDatabase, tmp_path: Path
) -> None:  # H2
    key, token, codes = task(demo_database)
    spool, wrong = tmp_path / "scans.jsonl", 999_999
    sent = [code.encode() + b"\r" for code in codes]
    kept = spool.with_suffix(".refused.jsonl")
    code, _out, err = run(
        portal.address, wrong, token, spool, *sent, read=lambda: holds(kept, *codes)
    )
    assert code == 0
    assert "3 条被退回" in err
    assert holds(kept, *codes)
    assert "这个盘点任务没有进行" in kept.read_text()
    assert counted(demo_database, key) == []

    code, out, err = resend(portal.address, wrong, key, token, spool)
    assert (code, err) == (0, "")
    assert counted(demo_database, key) == codes
    assert out.count("已盘 ") == 3
    assert (spool.read_text(), kept.read_text()) == ("", "")
