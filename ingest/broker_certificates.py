"""The broker's certificate: from a certificate authority of this installation, or a given one."""

import ipaddress
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from db import Refused
from ingest import broker_files

AUTHORITY_LASTS: Final = timedelta(days=3650)
LASTS: Final = timedelta(days=397)
RENEWED_BEFORE: Final = timedelta(days=90)  # so a yearly visit suffices, and a monthly timer surely
SLOW_CLOCK: Final = timedelta(days=1)  # a gateway's clock may be behind
CERTIFICATE: Final = "server.pem"
KEY: Final = "server.key"
AUTHORITY: Final = "ca.pem"
HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
PEM: Final = serialization.Encoding.PEM

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority: its certificate, which gateways trust, and the key that signs."""

    certificate: x509.Certificate
    key: Key
    path: Path  # of the certificate


def authority(folder: Path, now: datetime) -> Authority:
    """The authority kept in `folder`; it is made there once. Only the owner may read its key.

    Raises Refused 'broker.authority_key_missing' where its certificate stands there alone: another
    authority would shut out every gateway that trusts this one.
    """
    path, secret = folder / AUTHORITY, folder / "ca.key"
    if path.exists() and secret.exists():
        key = serialization.load_pem_private_key(secret.read_bytes(), None)
        assert isinstance(key, Key)
        return Authority(x509.load_pem_x509_certificate(path.read_bytes()), key, path)
    if path.exists():
        raise Refused("broker.authority_key_missing", path=str(secret))
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"panhuo broker CA {now:%Y-%m-%d}")])
    draft = (
        _draft(name, name, key.public_key(), key.public_key(), now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    certificate = draft.sign(key, hashes.SHA256())
    _store(secret, _bytes(key), 0o600)
    _store(path, certificate.public_bytes(PEM), 0o644)
    return Authority(certificate, key, path)


def renew(folder: Path, signer: Authority, names: Iterable[str], now: datetime) -> bool:
    """Have a certificate for `names` in the broker's folder; whether a new one was made.

    One that has these names, this authority and time left is kept.
    """
    wanted = [_general(name) for name in dict.fromkeys(names)]
    if _serves(folder / CERTIFICATE, folder / KEY, signer, wanted, now):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "panhuo broker")])
    issuer = signer.certificate.subject
    draft = (
        _draft(subject, issuer, key.public_key(), signer.key.public_key(), now, LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
    )
    certificate = draft.sign(signer.key, hashes.SHA256())
    broker_files.write(folder / KEY, _bytes(key).decode())
    broker_files.write(folder / CERTIFICATE, certificate.public_bytes(PEM).decode())
    return True


def take(folder: Path, certificate: Path, key: Path) -> None:
    """Copy a given certificate with its chain, and its key, to where the broker's user reads them.

    Raises Refused 'broker.certificate_unusable' where one can't be read or the key is another's.
    """
    try:
        chain, secret = certificate.read_bytes(), key.read_bytes()
        public = x509.load_pem_x509_certificates(chain)[0].public_key()
        own = serialization.load_pem_private_key(secret, None)
    except (OSError, ValueError, TypeError) as error:  # TypeError: the key has a pass phrase
        raise Refused("broker.certificate_unusable", path=str(certificate)) from error
    if own.public_key() != public:
        raise Refused("broker.certificate_unusable", path=str(certificate))
    broker_files.write(folder / KEY, secret.decode())
    broker_files.write(folder / CERTIFICATE, chain.decode())


@dataclass(frozen=True, slots=True)
class Shown:
    """What a certificate says of itself."""

    names: tuple[str, ...]
    issuer: str
    ends_at: datetime
    fingerprint: str  # SHA-256, hex


def shown(path: Path) -> Shown:
    """What the certificate at `path` says; ValueError or OSError where there is none."""
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    return Shown(
        tuple(str(name.value) for name in _names(certificate)),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _serves(
    path: Path, key: Path, signer: Authority, wanted: list[x509.GeneralName], now: datetime
) -> bool:
    if not path.exists() or not key.exists():
        return False
    try:
        kept = x509.load_pem_x509_certificates(path.read_bytes())[0]
        own = serialization.load_pem_private_key(key.read_bytes(), None)
    except ValueError:  # half of one
        return False
    if own.public_key() != kept.public_key():  # broken off between the two
        return False
    try:
        kept.verify_directly_issued_by(signer.certificate)
    except Exception:  # of many kinds: whichever it is, the authority has not signed this one
        return False
    return _names(kept) == wanted and kept.not_valid_after_utc - RENEWED_BEFORE > now


def _names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return list(found.value)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        plain = name.encode("idna").decode()
    except UnicodeError as error:
        raise Refused("broker.name_unusable", name=name) from error
    if not HOST.fullmatch(plain):
        raise Refused("broker.name_unusable", name=name)
    return x509.DNSName(plain)


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePublicKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLOW_CLOCK)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _bytes(key: PrivateKeyTypes) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)


def _store(path: Path, content: bytes, mode: int) -> None:
    """Write a file of the operator's in one step."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
