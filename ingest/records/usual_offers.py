"""Offers a Chinese utility begins with, and a campaign that is known from a file."""

import tomllib
from pathlib import Path
from typing import BinaryIO

import polars as pl
from sqlalchemy import Engine

from ingest.records.engine import Actor
from ingest.records.offers import OfferRecordError, save_offer
from queries.settings import PROJECT

_ARMS = {"offered": "offered", "not_offered": "control", "control": "control"}

_FILE = PROJECT / "data" / "offers.toml"


def add_usual_offers(engine: Engine, actor: Actor) -> list[str]:
    """Record the usual offers that are not there yet; ids of the new ones."""
    found = []
    for one in tomllib.loads(_FILE.read_text("utf-8"))["offer"]:
        kind, name = one.pop("kind"), one.pop("name")
        try:
            found.append(save_offer(engine, actor, kind=kind, name=name, content=one))
        except OfferRecordError as error:
            if error.reason != "taken":
                raise
    return found


def read_enrolments(path: Path | BinaryIO, customers: pl.DataFrame) -> pl.DataFrame:
    """A file of who was offered what, as ``take_over_campaign`` takes it.

    Args:
        path: CSV with ``programme_kind``, ``usage_point_id``, ``arm`` (offered; not_offered or
            control), ``first_day`` and ``accepted_on``; of kinds there are, ``offer`` is read.
        customers: ``usage_point_id`` and ``customer_id``.
    """
    rows = pl.read_csv(path, try_parse_dates=True)
    if "programme_kind" in rows.columns:
        rows = rows.filter(programme_kind="offer")
    return (
        rows.join(customers.select("usage_point_id", "customer_id"), on="usage_point_id")
        .filter(pl.col("customer_id").is_not_null())
        .with_columns(
            pl.col("arm").replace_strict(_ARMS),
            pl.col("first_day").cast(pl.String).str.to_date(),
            pl.col("accepted_on").cast(pl.String).str.to_date(),
        )
        .select("usage_point_id", "customer_id", "arm", "first_day", "accepted_on")
    )
