"""What the assistant answers: each of the eight questions from the customer's own data."""

from collections.abc import Callable
from datetime import date, time

import polars as pl

from pages import units
from pages.advice_words import kind_name
from pages.bill_words import change_in_words, money, month_name
from pages.no_power_words import first_answer
from pages.self_service_place import Own, at_local, local_of, only
from pages.session import ask, who
from pages.text import t
from queries.billing.account_bills import BillError
from queries.billing.best_choice import best_choice
from queries.billing.bill_change import bill_change
from queries.billing.bill_waterfall import waterfall
from queries.customers.advice import advice
from queries.customers.latest_moment import latest_moment
from queries.customers.month_forecast import month_forecast
from queries.customers.neighbours import neighbours
from queries.customers.no_power import no_power
from queries.customers.payment_behaviour import payment_behaviour
from queries.customers.payment_bills import payment_bills
from queries.periods import usual_year, whole_months
from queries.run import QuestionError

_NOON = time(12)
_MOST_ADVICE = 3
_STEPS = 3


def answer(intent: str, own: Own) -> str:
    """Sentences, with the figures they rest on; where the data do not say, that."""
    try:
        return _ANSWERS[intent](own)
    except BillError as error:
        return t("assistant.no_bill", reason=t(f"assistant.bill_{error.reason}"))
    except QuestionError:
        return t("assistant.no_data")


def _bill_higher(own: Own) -> str:
    if own.month is None:
        return t("assistant.no_data")
    asked = {"month": own.month[0], "customer_id": own.customer_id}
    change = ask(bill_change, **asked)
    first, bars = change.row(0, named=True), waterfall(change)
    steps = (
        change.drop_nulls("amount_cny")
        .filter(pl.col("amount_cny") != 0)
        .sort(pl.col("amount_cny").abs(), descending=True)
        .head(_STEPS)
    )
    parts = [
        t(
            "assistant.step",
            step=t(f"bill_step.{row['step']}"),
            amount=money(row["amount_cny"], with_sign=True),
        )
        for row in steps.iter_rows(named=True)
    ]
    head = t(
        "assistant.bill_was",
        month=month_name(own.month[0]),
        after=money(first["after_cny"]),
        before=money(first["before_cny"]),
    )
    return "\n".join([f"{head} {change_in_words(bars, first)}", "", *parts])


def _this_month(own: Own) -> str:
    row = ask(month_forecast, customer_id=own.customer_id, as_of=own.last_day).row(0, named=True)
    values = {
        "month": month_name(row["month"]),
        "day": units.day(row["as_of"]),
        "so_far": units.energy(row["energy_so_far_kwh"]),
        "so_far_cny": money(row["amount_so_far_cny"]),
        "energy": units.energy(row["energy_kwh"]),
        "amount": money(row["amount_cny"]),
        "low": money(row["amount_low_cny"]),
        "high": money(row["amount_high_cny"]),
        "left": row["days_left"],
    }
    return t("assistant.month_over" if not row["days_left"] else "assistant.month_will", **values)


def _when_most(own: Own) -> str:
    hours = ask(neighbours, usage_point_id=own.points[0], last_day=own.last_day, by="hour")
    if hours.is_empty():
        return t("assistant.no_data")
    top = hours.sort("own_kwh", descending=True).head(_STEPS)
    named = [t("assistant.hour", first=row, last=f"{int(row) + 1:02d}") for row in top["part"]]
    share = float(top["own_kwh"].sum()) / float(hours["own_kwh"].sum() or 1)
    return t("assistant.when", hours=t("word.comma").join(named), share=units.share(share))


def _which_tariff(own: Own) -> str:
    months = whole_months(own.here.first_day, own.here.last_day)
    if who().role != "customer" or not months:
        # For staff the question is put for everybody in sight: its page does that, with time.
        return t("assistant.tariff_elsewhere")
    first_day, last_day = usual_year(months)
    found = ask(best_choice, first_day=first_day, last_day=last_day)
    mine = found.filter(pl.col("customer_id") == own.customer_id)
    best, now = (only(mine.filter(pl.col(name)).head(1)) for name in ("is_best", "is_now"))
    if best is None or now is None:
        return t("assistant.tariff_unknown")
    values = {"days": units.days(first_day, last_day), "now": money(best["now_cny"])}
    if best["is_now"]:
        return t("assistant.tariff_stay", **values)
    saving = money(best["saving_cny"])
    return t("assistant.tariff_change", best=money(best["owed_cny"]), saving=saving, **values)


def _no_power(own: Own) -> str:
    moment = ask(latest_moment, usage_point_id=own.points[0], day=own.last_day)
    at = moment["at"][0] if moment.height else at_local(own.last_day, _NOON)
    causes = ask(no_power, usage_point_id=own.points[0], at=at)
    # The last reading may be of yesterday: whoever sits in the dark is to know that.
    parts = (
        t("assistant.no_power_at", at=units.moment(local_of(at), with_year=True)),
        first_answer(causes),
        t("assistant.no_power_still", section=t("self_service.section_report")),
    )
    return "\n\n".join(parts)


def _payments(own: Own) -> str:
    asked = {"as_of": own.last_day, "customer_id": own.customer_id}
    bills = ask(payment_bills, **asked)
    if bills.is_empty():
        return t("assistant.no_payments")
    last = bills.row(-1, named=True)
    habits = ask(payment_behaviour, **asked).row(0, named=True)
    state = "paid" if last["settled_on"] else "open"
    text = t(
        f"assistant.last_{state}",
        month=_month(last["bill_month"]),
        billed=money(last["billed_cny"]),
        paid=money(last["paid_cny"]),
        open=money(last["open_cny"]),
        day=units.day(last["settled_on"] or last["due_on"]),
    )
    owed = "owe" if habits["open_cny"] else "nothing_owed"
    overdue = t("assistant.overdue", overdue=money(habits["overdue_cny"]))
    extra = f" {overdue}" if habits["overdue_cny"] else ""
    owing = t(f"assistant.{owed}", open=money(habits["open_cny"]))
    return f"{text} {owing}{extra}\n\n{t('self_service.payments_note')}"


def _neighbours(own: Own) -> str:
    months = ask(neighbours, usage_point_id=own.points[0], last_day=own.last_day)
    known = months.drop_nulls("median_kwh")
    if known.is_empty():
        return t("assistant.no_neighbours")
    row = known.row(-1, named=True)
    if row["own_kwh"] > row["high_kwh"]:
        where = "above"
    elif row["own_kwh"] < row["low_kwh"]:
        where = "below"
    else:
        where = "within"
    return t(
        f"assistant.neighbours_{where}",
        month=_month(row["part"]),
        own=units.energy(row["own_kwh"]),
        median=units.energy(row["median_kwh"]),
        low=units.energy(row["low_kwh"]),
        high=units.energy(row["high_kwh"]),
        count=row["neighbours"],
        group=t(f"self_service.level_{row['level']}"),
    )


def _month(text: str) -> str:
    return month_name(date.fromisoformat(f"{text}-01"))


def _saving(own: Own) -> str:
    months = whole_months(own.here.first_day, own.here.last_day)
    if not months:
        return t("assistant.no_data")
    first_day, last_day = usual_year(months)
    found = ask(advice, usage_point_id=own.points[0], first_day=first_day, last_day=last_day)
    given = found.filter(pl.col("saving_cny") > 0).sort("saving_cny", descending=True)
    if given.is_empty():
        return t("assistant.no_advice")
    lines = [
        t(
            "assistant.advice",
            what=kind_name(row),
            saving=money(row["saving_cny"]),
            sure=t(f"advice_sure.{row['confidence']}"),
        )
        for row in given.head(_MOST_ADVICE).iter_rows(named=True)
    ]
    return "\n".join([t("assistant.advice_head"), "", *lines])


_ANSWERS: dict[str, Callable[[Own], str]] = {
    "bill_higher": _bill_higher,
    "this_month": _this_month,
    "when_most": _when_most,
    "which_tariff": _which_tariff,
    "no_power": _no_power,
    "payments": _payments,
    "neighbours": _neighbours,
    "saving": _saving,
}
