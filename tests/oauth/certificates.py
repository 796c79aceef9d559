"""Certificates that callers show, as a proxy passes them on."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding


def certificate(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7)
    builder = builder.not_valid_before(begins).not_valid_after(begins + timedelta(days=365))
    return builder.sign(key, SHA256())


HERS, OTHERS = certificate("hers"), certificate("another's")


def rfc_9440(shown: x509.Certificate) -> str:
    return ":" + base64.b64encode(shown.public_bytes(Encoding.DER)).decode() + ":"
