"""E-mails: composed in both languages, handed to the mail server by SMTP."""

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final
from uuid import UUID

from registry.notices.outcome import Outcome, Result
from registry.notices.settings import NoticeSettings

BODY: Final = """{name}：您好！

{zh}
经手人：{actor}
意见：{opinion}
原因：{why_zh}
查看：{link}

{en}
By: {actor}
Opinion: {opinion}
Reason: {why_en}
Open: {link}

--
本邮件由盘活自动发出，请勿回复；可以在“我的账号”页面关闭这类邮件。
Sent by panhuo, please don't reply; the page “My account” switches such e-mails off.
"""
FACT: Final = re.compile(r"\{(\w+)\}")


def compose(
    payload: Mapping[str, Any], event_id: UUID, settings: NoticeSettings, now: datetime
) -> EmailMessage:
    """The message; MessageError, ValueError or IndexError where its address isn't one.

    A line whose fact is missing is left out. The Message-ID is the event's and the reader's: sent
    twice, it is shown once.
    """
    sender = settings.smtp_from
    zh, en = payload["said"]
    why_zh, why_en = payload.get("reason", ("", ""))  # queued by an older version: none
    facts = {name: str(payload[name]) for name in ("name", "actor", "opinion", "link")}
    facts |= {"zh": zh, "en": en, "why_zh": why_zh, "why_en": why_en}
    lines = (line for line in BODY.splitlines() if all(facts[name] for name in FACT.findall(line)))
    message = EmailMessage()
    message["Subject"] = f"[盘活] {payload['subject']}"
    message["From"] = Address("盘活", addr_spec=sender)
    message["To"] = Address(facts["name"], addr_spec=payload["to"])
    message["Date"] = format_datetime(now)
    reader = hashlib.sha256(payload["to"].encode()).hexdigest()[:12]
    message["Message-ID"] = f"<{event_id}.{reader}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(line.format(**facts) for line in lines) + "\n")
    return message


def send(
    payload: Mapping[str, Any], event_id: UUID, settings: NoticeSettings, now: datetime
) -> Outcome:
    """Hand one to the mail server."""
    if not settings.smtp_host:
        return Outcome(Result.LATER, "PANHUO_SMTP_HOST is not set")
    try:
        message = compose(payload, event_id, settings, now)
    except (MessageError, ValueError, IndexError) as error:  # IndexError: of an empty address
        return Outcome(Result.GIVE_UP, f"{type(error).__name__}: {error}")
    try:
        with _server(settings) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        return _answered(code, said)
    except smtplib.SMTPDataError as error:
        return _answered(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        return Outcome(Result.LATER, f"{type(error).__name__}: {error}")
    return Outcome(Result.SENT)


def _answered(code: int, said: bytes | str) -> Outcome:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return Outcome(Result.GIVE_UP if code >= 500 else Result.LATER, f"SMTP {code} {text}")


@contextmanager
def _server(settings: NoticeSettings) -> Iterator[smtplib.SMTP]:
    own = settings.smtp_from.rpartition("@")[2]
    where = (settings.smtp_host, settings.smtp_port, own)
    within = settings.notifier_timeout_s
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.smtp_tls == "tls":
        server = smtplib.SMTP_SSL(*where, timeout=within, context=context)
    else:
        server = smtplib.SMTP(*where, timeout=within)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        yield server
