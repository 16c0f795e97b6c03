"""Certificates for tests, made with openssl: an authority, servers and a client of its own."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """PEM files in one folder: ``<name>.pem`` and ``<name>.key``."""

    folder: Path

    def file(self, name: str) -> str:
        return str(self.folder / name)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607


def make_certificates(folder: Path) -> Certificates:
    """``ca``; ``server`` for 127.0.0.1 and localhost; ``elsewhere`` for another host; ``client``.

    ``stranger`` is an authority that signed none of them.
    """
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    for name in ("ca", "stranger"):
        _openssl(
            folder,
            *("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem"),
            *("-days", "2", "-subj", f"/CN={name}"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )
    names = {
        "server": "IP:127.0.0.1,DNS:localhost",
        "elsewhere": "DNS:elsewhere.example",
        "client": "DNS:client.example",
    }
    for name, alternatives in names.items():
        _openssl(
            folder,
            *("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem"),
            *("-days", "2", "-subj", f"/CN={name}", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-addext", f"subjectAltName={alternatives}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
    return Certificates(folder)
