"""Where things are and how they behave: the only reader of the environment."""

import os
from datetime import time
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).parents[1]
_PREFIX = "FENGGU_"


class Settings(BaseSettings):
    """All settings, with working defaults for a fresh checkout; ``FENGGU_<NAME>`` overrides."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore")

    data: Path = Field(
        default=PROJECT / "data", description="folder of tariffs, calendars, sample and lake"
    )
    lake: str = Field(
        default="", description="folder or object-store URL of the lake; empty: data/lake"
    )
    database: str = Field(
        default="",
        description="SQLAlchemy URL of the operational database; empty: data/fenggu.sqlite",
    )
    collectors: Path | None = Field(
        default=None, description="TOML file of the collectors; empty: data/collectors.toml"
    )
    collection_cut_off: time = Field(
        default=time(8),
        description="standard time on the next day by which a day's frozen readings are due",
    )
    zone_name: str = Field(
        default="Asia/Shanghai", description="IANA zone of the service territory"
    )
    holiday_country: str = Field(
        default="CN", description="calendar of the day classes (holidays package)"
    )
    tariff_area: str = Field(
        default="liaoning", description="area whose tariffs the service territory's bills follow"
    )
    forecast_customers: int = Field(
        default=20, ge=0, description="customers of each district, the largest, that are forecast"
    )
    memory_limit: str = Field(
        default="512MB", description="what DuckDB may hold in memory in one process"
    )
    threads: int = Field(default=0, ge=0, description="threads of DuckDB; 0: one a core")
    demo: bool = Field(default=False, description="sign in without a password, loopback only")
    host: str = Field(default="127.0.0.1", description="address the web application listens on")
    port: int = Field(
        default=8501, ge=1, le=65535, description="port the web application listens on"
    )
    secret: str = Field(
        default="", description="key that signs cookies; empty: data/secret.key, made once"
    )
    signals_host: str = Field(
        default="127.0.0.1", description="address on which VENs and answers to calls are awaited"
    )
    openadr_port: int = Field(
        default=8502, ge=0, le=65535, description="port of the OpenADR VTN; 0: there is none"
    )
    openadr_vtn_id: str = Field(
        default="FENGGU", description="id of the VTN; OpenADR forbids one in lower case only"
    )
    openadr_certificate: Path | None = Field(
        default=None, description="PEM of the VTN; empty: no TLS, loopback only"
    )
    openadr_key: Path | None = Field(default=None, description="PEM of the certificate's key")
    openadr_ca: Path | None = Field(
        default=None, description="PEM of the authorities that sign the certificates of VENs"
    )
    signals_secret: str = Field(
        default="", description="key that the keys of webhooks are made from; empty: no webhooks"
    )
    answers_port: int = Field(
        default=8503, ge=0, le=65535, description="port of answers to webhooks; 0: there is none"
    )
    signals_broker: str = Field(
        default="", description="collector of kind mqtt whose broker takes calls; empty: none"
    )

    @field_validator("zone_name")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"zone_name '{name}' is not an IANA time zone. "
                "Set FENGGU_ZONE_NAME to a name such as Asia/Shanghai."
            ) from error
        return name

    @cached_property
    def zone(self) -> ZoneInfo:
        """The service territory's time zone."""
        return ZoneInfo(self.zone_name)

    @property
    def lake_uri(self) -> str:
        """Folder or URL of the lake, without a trailing slash."""
        return (self.lake or str(self.data / "lake")).rstrip("/")

    @property
    def collectors_file(self) -> Path:
        """The TOML file that says who is collected from; it may be missing."""
        return self.collectors or self.data / "collectors.toml"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the operational database."""
        return self.database or f"sqlite:///{self.data / 'fenggu.sqlite'}"


def current_settings() -> Settings:
    """The settings that the environment gives now, read again only where it has changed."""
    return _settings(tuple(sorted((k, v) for k, v in os.environ.items() if _is_ours(k))))


def secret_from_environment(name: str) -> str | None:
    """What an entry of the collectors' file keeps out of that file: a password, a token."""
    return os.environ.get(name)


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


@lru_cache(maxsize=8)
def _settings(_environment: tuple[tuple[str, str], ...]) -> Settings:
    return Settings()


def environment_with(**values: str) -> dict[str, str]:
    """Our own environment with other values, for a child process."""
    return os.environ | values
