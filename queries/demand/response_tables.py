"""Tables of demand response in the operational database: from the programme to what is settled.

``ingest.records`` writes them. Instants are text in ISO 8601 with the zone of UTC, days ISO dates,
money the text of a decimal, as everywhere in ``queries.records``.
"""

from sqlalchemy import Column, Float, ForeignKey, Integer, Table, Text, UniqueConstraint

from queries.records import METADATA

RESPONSE_PROGRAMMES = Table(
    "response_programmes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),  # open, closed
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 …: who changes it names the one it read
    Column("content", Text, nullable=False),  # JSON: queries.demand.response_programme.Terms
)
RESPONSE_ENROLMENTS = Table(
    "response_enrolments",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("programme_id", ForeignKey("response_programmes.id"), nullable=False, index=True),
    Column("usage_point_id", Text, nullable=False, index=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text),  # included; null: until further notice
    Column("agreed_reduction_kw", Float),  # null: none was agreed
    Column("accepted_on", Text),  # null: not yet
    Column("channel", Text, nullable=False),  # openadr, webhook, mqtt, phone
    Column("address", Text),  # VEN id, URL, topic or number; null: not known yet
    Column("availability", Text, nullable=False),  # JSON: hours of workdays and rest days
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    UniqueConstraint("programme_id", "usage_point_id", "first_day"),
)
RESPONSE_EVENTS = Table(
    "response_events",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("programme_id", ForeignKey("response_programmes.id"), nullable=False, index=True),
    Column("starts_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("called_at", Text),  # null: planned only
    Column("reason", Text, nullable=False),  # heat, cold, shortage, test
    Column("target_kw", Float),  # null: as much as there is
    Column("state", Text, nullable=False),  # planned, called, cancelled, settled
    Column("plan", Text, nullable=False),  # JSON: its inputs, objective and gap; {}: none was made
    Column("programme_version", Integer, nullable=False),  # its terms when the event was made
    Column("terms", Text, nullable=False),  # JSON: these terms
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
)
RESPONSE_CALLS = Table(
    "response_calls",
    METADATA,
    Column("event_id", ForeignKey("response_events.id"), primary_key=True),
    Column("usage_point_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("enrolment_id", ForeignKey("response_enrolments.id"), nullable=False),
    Column("planned_kw", Float),  # what the plan expects of it; null: no plan was made
    Column("answer", Text),  # opt_in, opt_out; null: has not answered
    Column("reply_kw", Float),  # what it says it will reduce; null: what was agreed
    Column("answered_at", Text),
    Column("answered_by", Text),  # who or what program said so
)
RESPONSE_MESSAGES = Table(
    "response_messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("event_id", ForeignKey("response_events.id"), nullable=False, index=True),
    Column("usage_point_id", Text),  # null: to all of one address
    Column("channel", Text, nullable=False),  # openadr, webhook, mqtt, phone
    Column("address", Text, nullable=False),
    Column("direction", Text, nullable=False),  # out, in
    Column("kind", Text, nullable=False),  # event, cancellation, answer, report
    Column("sent_at", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, delivered, failed, received
    Column("attempts", Integer, nullable=False),
    Column("content", Text, nullable=False),  # as it went out or came in
    Column("told", Text, nullable=False),  # what went wrong, in words; empty: nothing
)
RESPONSE_SETTLEMENTS = Table(
    "response_settlements",
    METADATA,
    Column("event_id", ForeignKey("response_events.id"), primary_key=True),
    Column("usage_point_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),  # 1, 2, 3 …: settled again after late readings
    Column("customer_id", Text, nullable=False, index=True),
    Column("rule", Text, nullable=False),  # of the baseline
    Column("outcome", Text, nullable=False),  # paid, or why not
    Column("baseline_kw", Float),  # mean of the event
    Column("load_kw", Float),
    Column("reduction_kw", Float),
    Column("confirmed_kw", Float),
    Column("amount_cny", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: the line's arithmetic
    Column("lake_version", Text, nullable=False),
    Column("settled_by", Text, nullable=False),
    Column("settled_at", Text, nullable=False),
)
