"""What programmes of the utility put on bills, a table of the operational database.

``ingest.records`` writes it; instants, days and money are text, as in ``queries.records``.
"""

from sqlalchemy import Column, ForeignKey, Table, Text

from queries.records import METADATA

BILL_POSTINGS = Table(
    "bill_postings",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("usage_point_id", Text, nullable=False, index=True),
    Column("month", Text, nullable=False, index=True),  # YYYY-MM of the bill it stands on
    Column("kind", Text, nullable=False),  # demand_response
    Column("amount_cny", Text, nullable=False),  # below zero to the customer's good
    Column("subject_id", Text, nullable=False, index=True),  # of the event
    Column("quantity", Text),  # decimal; null: an amount only
    Column("unit", Text),
    Column("unit_price", Text),
    Column("basis", Text, nullable=False),  # JSON: where it comes from, for the explanation
    Column("reverses_id", ForeignKey("bill_postings.id")),  # a posting is taken back, never changed
    Column("posted_by", Text, nullable=False),
    Column("posted_at", Text, nullable=False),
)
