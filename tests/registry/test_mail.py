"""E-mails as a mail server receives them."""

import email
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from registry.notices import NoticeSettings, mail
from registry.notices.outcome import Result
from tests.fixtures.ports import own_port

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
READY_S = 30.0
EVENT = UUID("7b0c3c1e-3f3e-4f6a-8c38-d2a6b1f3a111")
PAYLOAD = {
    "event": "review.waiting",
    "subject": "待您审核：书架（BD-2026-000007）",
    "said": ["待您审核：书架（BD-2026-000007）", "For your review: 书架 (BD-2026-000007)"],
    "actor": "林晓岚",
    "opinion": "",
    "link": "https://panhuo.example/changes/7",
    "to": "reviewer@lib.example",
    "name": "陈志远",
}


class Office:
    """A mail server's rules: what it answers to a recipient and to the message; what it took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.to_recipient = self.to_data = "250 OK"
        self.logins: list[str] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.to_data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.to_data

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any
    ) -> AuthResult:
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"word")


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def settings(office: Office) -> Iterator[NoticeSettings]:
    controller = Controller(
        office, hostname="127.0.0.1", port=own_port(12_525), ready_timeout=READY_S
    )
    controller.start()
    yield configured(controller)
    controller.stop()


def configured(controller: Controller, **more: object) -> NoticeSettings:
    return NoticeSettings.model_validate({
        "smtp_host": "127.0.0.1", "smtp_port": controller.port, "smtp_from": "panhuo@province.example",
        "notifier_timeout_s": 30, **more,
    })  # fmt: skip


def test_mail_says_what_happened_in_both_languages_with_a_link(
    office: Office, settings: NoticeSettings
) -> None:
    assert mail.send(PAYLOAD, EVENT, settings, NOW).result is Result.SENT
    (message,) = office.taken
    assert message["Subject"] == "[盘活] 待您审核：书架（BD-2026-000007）"
    assert message["To"].addresses[0].addr_spec == "reviewer@lib.example"
    assert message["To"].addresses[0].display_name == "陈志远"
    assert message["From"].addresses[0].addr_spec == "panhuo@province.example"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    for said in (
        "陈志远：您好",
        "待您审核：书架",
        "For your review: 书架",
        "https://panhuo.example/changes/7",
        "经手人：林晓岚",
    ):
        assert said in text
    for nothing in ("意见：", "Opinion:", "原因：", "Reason:"):
        assert nothing not in text


def test_opinion_is_in_the_mail_when_there_is_one(office: Office, settings: NoticeSettings) -> None:
    mail.send({**PAYLOAD, "opinion": "照片模糊"}, EVENT, settings, NOW)
    assert "意见：照片模糊" in office.taken[0].get_content()


def test_reason_is_in_the_mail_in_both_languages(office: Office, settings: NoticeSettings) -> None:
    reason = ["不再符合发布条件", "No longer eligible"]
    mail.send({**PAYLOAD, "actor": "", "reason": reason}, EVENT, settings, NOW)
    text = office.taken[0].get_content()
    assert ("原因：不再符合发布条件\n" in text, "Reason: No longer eligible\n" in text) == (
        True,
        True,
    )
    assert ("经手人" in text, "By:" in text) == (False, False)  # of what no person did


def test_mail_sent_twice_is_recognised_as_one(office: Office, settings: NoticeSettings) -> None:
    for to in ("reviewer@lib.example", "reviewer@lib.example", "deputy@lib.example"):
        mail.send({**PAYLOAD, "to": to}, EVENT, settings, NOW)
    ids = [message["Message-ID"] for message in office.taken]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("answer", "result"), [("550 no such user", Result.GIVE_UP), ("450 try later", Result.LATER)]
)
def test_refused_recipient_is_given_up_only_where_it_is_for_good(
    office: Office, settings: NoticeSettings, answer: str, result: Result
) -> None:
    office.to_recipient = answer
    outcome = mail.send(PAYLOAD, EVENT, settings, NOW)
    assert (outcome.result, answer.split(maxsplit=1)[0] in outcome.error) == (result, True)


@pytest.mark.parametrize(
    ("answer", "result"), [("554 rejected", Result.GIVE_UP), ("451 busy", Result.LATER)]
)
def test_refused_message_is_given_up_only_where_it_is_for_good(
    office: Office, settings: NoticeSettings, answer: str, result: Result
) -> None:
    office.to_data = answer
    assert mail.send(PAYLOAD, EVENT, settings, NOW).result is result


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b@c", "x@lib.example\r\nBcc: y@z.example", "中文@lib.example"]
)
def test_address_that_is_none_is_given_up(settings: NoticeSettings, to: str) -> None:
    assert mail.send({**PAYLOAD, "to": to}, EVENT, settings, NOW).result is Result.GIVE_UP


@pytest.mark.parametrize("field", ["subject", "name"])
def test_nobody_adds_headers(office: Office, settings: NoticeSettings, field: str) -> None:
    mail.send({**PAYLOAD, field: "x\r\nBcc: thief@z.example"}, EVENT, settings, NOW)
    assert all(message["Bcc"] is None for message in office.taken)


def test_mail_server_that_is_away_is_tried_again() -> None:
    away = NoticeSettings(smtp_host="127.0.0.1", smtp_port=1, notifier_timeout_s=1)
    assert mail.send(PAYLOAD, EVENT, away, NOW).result is Result.LATER
    assert mail.send(PAYLOAD, EVENT, NoticeSettings(), NOW).result is Result.LATER


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    made = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "crt.pem",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_text((folder / "key.pem").read_text() + (folder / "crt.pem").read_text())
    return made


def test_password_goes_over_starttls_to_a_server_that_proves_who_it_is(
    office: Office, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=own_port(12_525),
        ready_timeout=READY_S,
        tls_context=context,
        authenticator=office.authenticate,
        auth_required=True,
        auth_require_tls=True,
    )
    controller.start()
    try:
        settings = configured(
            controller, smtp_tls="starttls", smtp_user="panhuo", smtp_password="word"
        )
        assert "certificate verify failed" in mail.send(PAYLOAD, EVENT, settings, NOW).error
        assert office.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert mail.send(PAYLOAD, EVENT, settings, NOW).result is Result.SENT
        # Refused once, this server leaves the next way to sign in without an answer.
        wrong = configured(
            controller, smtp_tls="starttls", smtp_user="panhuo", smtp_password="other",
            notifier_timeout_s=2,
        )  # fmt: skip
        assert mail.send(PAYLOAD, EVENT, wrong, NOW).result is Result.LATER
    finally:
        controller.stop()
    assert office.logins == ["panhuo", "panhuo"]
