"""Makes the keys and certificates of the cross-check: `make_keys.py FOLDER`.

Python with `cryptography`, which the reference needs anyway, so that nothing
else has to be installed. Made afresh for each run: no key of ours is worth keeping.
"""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
HASHES = {256: hashes.SHA256(), 384: hashes.SHA384()}  # of the issuers' keys, by size
PASSWORD = b"correct horse"
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)

SEC1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()


def write_private(path, key, form=PKCS8, encryption=PLAIN):
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, encryption))


def write_public(path, key):
    path.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def write_certificate(path, certificate):
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def certificate(subject, key, issuer, issuer_key, start, path_length=None, leaf=False):
    """A certificate by `issuer_key` from `start` on for 30 days; not a leaf, it may issue others."""
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=not leaf, path_length=path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=leaf,
                key_cert_sign=not leaf,
                crl_sign=not leaf,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if leaf:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
        )
    return builder.sign(issuer_key, HASHES[issuer_key.key_size])


def main(folder):
    for name, curve in CURVES.items():
        key = ec.generate_private_key(curve())
        # Both forms of a PEM key are in use: SEC1 as `openssl ecparam` writes it, PKCS#8 as most else does.
        write_private(folder / f"{name}.pem", key, SEC1 if name == "p256" else PKCS8)
        write_public(folder / f"{name}.pub", key)
        write_public(folder / f"{name}.other.pub", ec.generate_private_key(curve()))
        if name == "p256":
            encryption = serialization.BestAvailableEncryption(PASSWORD)
            write_private(folder / "p256.encrypted.pem", key, PKCS8, encryption)

    root_key = ec.generate_private_key(ec.SECP384R1())
    root = certificate("Interop Root", root_key, "Interop Root", root_key, NOW - 3 * DAY)
    write_certificate(folder / "root.pem", root)
    # The wrong root bears the right name, so that names alone convince nobody.
    other_key = ec.generate_private_key(ec.SECP384R1())
    other = certificate("Interop Root", other_key, "Interop Root", other_key, NOW - 3 * DAY)
    write_certificate(folder / "root.other.pem", other)

    middle_key = ec.generate_private_key(ec.SECP256R1())
    middle = certificate(
        "Interop Intermediate", middle_key, "Interop Root", root_key, NOW - 2 * DAY, path_length=0
    )
    write_certificate(folder / "intermediate.pem", middle)
    for name, curve in CURVES.items():
        key = ec.generate_private_key(curve())
        leaf = certificate(
            f"Interop Signer {name}", key, "Interop Intermediate", middle_key, NOW - DAY, leaf=True
        )
        write_private(folder / f"leaf.{name}.key.pem", key)
        write_certificate(folder / f"leaf.{name}.pem", leaf)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
